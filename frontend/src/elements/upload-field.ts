import type { DetailedError, Upload } from "tus-js-client";
import { element } from "../dom";
import { bytesText, clockText } from "../format";
import { Transfer } from "../transfer";
import { word } from "../words";

// The later ones are for a server whose upload slots are all taken (503).
const RETRY_DELAYS_MS = [0, 1000, 3000, 5000, 10_000, 20_000, 30_000, 60_000];
// A request holds one of the server's few upload slots: not for the length of a whole match.
const CHUNK_BYTES = 16 * 1024 * 1024;

/** Files are dropped or chosen, sent piece by piece, and go on after a lost connection. */
export class UploadField extends HTMLElement {
  private form!: HTMLFormElement;
  private input!: HTMLInputElement;
  private list = element("ul", { className: "uploads" });
  private drop!: HTMLElement;

  connectedCallback(): void {
    const form = this.querySelector("form");
    const input = this.querySelector<HTMLInputElement>("input[type=file]");
    const drop = this.querySelector<HTMLElement>(".drop");
    if (!form || !input || !drop || this.form) return;
    Object.assign(this, { form, input, drop });
    drop.classList.add("ready");
    this.list.setAttribute("aria-live", "polite");
    form.append(this.list);
    input.addEventListener("change", () => this.showChosen());
    form.addEventListener("submit", (event) => void this.onSubmit(event));
    for (const name of ["dragenter", "dragover"]) drop.addEventListener(name, (e) => this.hover(e, true));
    for (const name of ["dragleave", "drop"]) drop.addEventListener(name, (e) => this.hover(e, false));
    drop.addEventListener("drop", (event) => {
      const files = event.dataTransfer?.files;
      if (!files?.length) return;
      input.files = files;
      this.showChosen();
    });
  }

  private hover(event: Event, isOver: boolean): void {
    event.preventDefault();
    this.drop.classList.toggle("over", isOver);
  }

  private showChosen(): void {
    const files = [...(this.input.files ?? [])];
    const text = this.drop.querySelector<HTMLElement>(".chosen");
    if (!text) return;
    const total = files.reduce((sum, file) => sum + file.size, 0);
    const names = files.length === 1 ? files[0]?.name ?? "" : word("several", { count: files.length });
    text.textContent = files.length ? `${names} · ${bytesText(total)}` : "";
  }

  private async onSubmit(event: SubmitEvent): Promise<void> {
    const files = [...(this.input.files ?? [])];
    if (files.length === 0) return;
    event.preventDefault();
    const button = this.form.querySelector<HTMLButtonElement>("button[type=submit]");
    if (button) button.disabled = true;
    const found: string[] = [];
    // One after the other: on a phone's connection two at once only make both late.
    for (const [row, file] of files.map((f) => [this.row(f), f] as const)) {
      const address = await this.send(file, row);
      if (address) found.push(address);
    }
    if (button) button.disabled = false;
    this.input.value = "";
    this.showChosen();
    if (found.length === files.length) window.location.assign(this.onward(found));
  }

  private onward(found: string[]): string {
    const only = found.length === 1 ? found[0] : undefined;
    return only ?? this.dataset["recordings"] ?? "/";
  }

  private row(file: File): Row {
    const made = new Row(file);
    this.list.append(made.item);
    return made;
  }

  /** The address of the recording's page, or null when the upload stopped for good. */
  private async send(file: File, row: Row): Promise<string | null> {
    const { Upload } = await import("tus-js-client");
    return new Promise((resolve) => {
      const transfer = new Transfer(file.size);
      const upload = new Upload(file, {
        endpoint: this.dataset["endpoint"] ?? "/api/v1/uploads/",
        retryDelays: RETRY_DELAYS_MS,
        chunkSize: CHUNK_BYTES,
        removeFingerprintOnSuccess: true,
        metadata: this.metadata(file),
        headers: { "X-CSRFToken": this.token(), Accept: "application/json" },
        onProgress: (sent) => row.progress(sent, transfer.update(sent, performance.now() / 1000)),
        onError: (error) => {
          row.failed(reason(error), () => {
            row.progress(0, null);
            upload.start();
          });
          this.form.querySelector<HTMLButtonElement>("button[type=submit]")?.removeAttribute("disabled");
        },
        onSuccess: () => {
          void this.recordingOf(upload).then((address) => {
            row.done(address);
            resolve(address);
          });
        },
      });
      void upload.findPreviousUploads().then((previous) => {
        const last = previous[0];
        if (last) {
          upload.resumeFromPreviousUpload(last);
          row.say(word("resumed"));
        }
        upload.start();
      });
    });
  }

  private metadata(file: File): Record<string, string> {
    const fields = new FormData(this.form);
    const metadata: Record<string, string> = { filename: file.name, filetype: file.type };
    for (const name of ["sport", "athlete", "title", "club"]) {
      const value = fields.get(name);
      if (typeof value === "string" && value) metadata[name] = value;
    }
    return metadata;
  }

  private token(): string {
    return this.form.querySelector<HTMLInputElement>("input[name=csrfmiddlewaretoken]")?.value ?? "";
  }

  private async recordingOf(upload: Upload): Promise<string> {
    const fallback = this.dataset["recordings"] ?? "/";
    if (!upload.url) return fallback;
    const answer = await fetch(upload.url, { headers: { Accept: "application/json" } });
    if (!answer.ok) return fallback;
    const { recording } = (await answer.json()) as { recording?: string | null };
    return recording ? `${fallback}${recording}/` : fallback;
  }
}

/** One file's line: name, bar, bytes and time left. */
class Row {
  readonly item: HTMLLIElement;
  private bar = element("progress", { max: 1, value: 0 });
  private text = element("span", { className: "soft", textContent: word("waiting") });
  private action = element("span");

  constructor(private readonly file: File) {
    this.bar.ariaLabel = file.name;
    const line = element("div", { className: "row" }, element("strong", { textContent: file.name }), this.action);
    this.item = element("li", {}, line, this.bar, this.text);
  }

  progress(sent: number, left_s: number | null): void {
    this.item.classList.remove("failed");
    this.action.replaceChildren();
    this.bar.value = this.file.size ? sent / this.file.size : 1;
    const parts = [`${bytesText(sent)} / ${bytesText(this.file.size)}`];
    if (left_s !== null) parts.push(word("left", { time: clockText(left_s, 0) }));
    this.text.textContent = parts.join(" · ");
  }

  say(text: string): void {
    this.text.textContent = text;
  }

  failed(why: string, again: () => void): void {
    this.item.classList.add("failed");
    this.text.textContent = word("failed", { reason: why });
    const button = element("button", { type: "button", className: "quiet", textContent: word("retry") });
    button.addEventListener("click", again);
    this.action.replaceChildren(button);
  }

  done(address: string): void {
    this.bar.value = 1;
    this.text.textContent = `${word("finished")} · ${bytesText(this.file.size)}`;
    this.action.replaceChildren(element("a", { href: address, textContent: word("open") }));
  }
}

/** The server's own words where it answered; else that the connection was lost. */
export function reason(error: Error | DetailedError): string {
  const body = "originalResponse" in error ? error.originalResponse?.getBody() : undefined;
  if (!body) return word("offline");
  try {
    const problem = JSON.parse(body) as { detail?: string; title?: string };
    return problem.detail ?? problem.title ?? body;
  } catch {
    return body.slice(0, 200);
  }
}
