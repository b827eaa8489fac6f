import { frameAt, seekTime } from "../clock";
import { element, icon } from "../dom";
import { contain, paint } from "../draw";
import type { JointParts } from "../explain";
import { clockText } from "../format";
import { personAt, unpack, type PackedPoses, type Poses } from "../poses";
import { pressed, shown, type ReportSegment, type Seek } from "../report";
import { word } from "../words";

const PATHS = {
  play: "M8 5v14l11-7z",
  pause: "M7 5h3.5v14H7zM13.5 5H17v14h-3.5z",
  back: "M18 6v12l-8.5-6zM6.5 6h2v12h-2z",
  forward: "M6 6v12l8.5-6zM15.5 6h2v12h-2z",
  loop: "M7 7h10v3l4-4-4-4v3H5v6h2zM17 17H7v-3l-4 4 4 4v-3h12v-6h-2z",
  fullscreen: "M5 5h6v2H7v4H5zM13 5h6v6h-2V7h-4zM5 13h2v4h4v2H5zM17 13h2v6h-6v-2h4z",
};
const SPEEDS = [0.1, 0.25, 0.5, 1, 1.5, 2];

/** The video with everybody's skeleton over it, each drawn for exactly the frame that is shown. */
export class PosePlayer extends HTMLElement {
  private video!: HTMLVideoElement;
  private canvas!: HTMLCanvasElement;
  private playButton!: HTMLButtonElement;
  private timeText!: HTMLElement;
  private poses: Poses | null = null;
  private skeletonOn = true;
  private looping = false;
  private clip: Seek["clip"];
  private segment: ReportSegment | null = null;
  private mediaTime_s = 0;
  private readonly ended = new AbortController();
  private resized: ResizeObserver | null = null;

  connectedCallback(): void {
    const video = this.querySelector("video");
    if (!video || this.canvas) return;
    this.video = video;
    this.canvas = element("canvas");
    this.canvas.setAttribute("aria-hidden", "true");
    const stage = element("div", { className: "stage" });
    video.replaceWith(stage);
    stage.append(video, this.canvas);
    video.controls = false;
    this.append(this.bar(stage));
    this.tabIndex = 0;
    this.listen(stage);
    this.followFrames();
    void this.load();
  }

  disconnectedCallback(): void {
    this.ended.abort();
    this.resized?.disconnect();
  }

  /** The frame on the screen, counted from the start of the footage; -1 until that is known. */
  get frame(): number {
    return this.poses ? frameAt(this.poses.timeS, this.mediaTime_s) : -1;
  }

  private async load(): Promise<void> {
    const url = this.dataset["poses"];
    try {
      if (!url) throw new Error("no address");
      const answer = await fetch(url, { headers: { Accept: "application/json" } });
      if (!answer.ok) throw new Error(`status ${answer.status}`);
      this.poses = unpack((await answer.json()) as PackedPoses);
      this.show(this.video.currentTime);
    } catch (error) {
      console.info("poses not shown:", error);
      this.say(word("poses_missing"));
    }
  }

  private say(text: string): void {
    const note = element("p", { className: "note", textContent: text });
    note.setAttribute("role", "status");
    this.append(note);
  }

  private listen(stage: HTMLElement): void {
    const { signal } = this.ended;
    const { video } = this;
    this.addEventListener("keydown", (event) => this.onKey(event), { signal });
    video.addEventListener("click", (event) => this.press(event), { signal });
    for (const name of ["play", "pause"] as const) {
      video.addEventListener(name, () => this.showPlaying(), { signal });
    }
    video.addEventListener("error", () => this.say(word("video_missing")), { signal });
    document.addEventListener("sportsbr:seek", (event) => this.onSeek(event.detail), { signal });
    const choose = (event: CustomEvent<ReportSegment>): void => {
      this.segment = event.detail;
      this.draw();
    };
    document.addEventListener("sportsbr:segment", choose, { signal });
    this.resized = new ResizeObserver(() => this.resize(stage));
    this.resized.observe(stage);
  }

  /** requestVideoFrameCallback tells which frame is shown; the rest can only ask for the time. */
  private followFrames(): void {
    const { video } = this;
    if ("requestVideoFrameCallback" in video) {
      const next: VideoFrameRequestCallback = (_now, metadata) => {
        this.show(metadata.mediaTime);
        if (!this.ended.signal.aborted) video.requestVideoFrameCallback(next);
      };
      video.requestVideoFrameCallback(next);
      return;
    }
    let last = -1;
    const poll = (): void => {
      const time_s = (video as HTMLVideoElement).currentTime;
      if (time_s !== last) this.show((last = time_s));
      if (!this.ended.signal.aborted) requestAnimationFrame(poll);
    };
    requestAnimationFrame(poll);
  }

  private show(mediaTime_s: number): void {
    this.mediaTime_s = mediaTime_s;
    this.timeText.textContent = `${clockText(mediaTime_s, 2)} / ${clockText(this.video.duration || 0, 1)}`;
    this.draw();
    shown({ time_s: mediaTime_s, frame: this.frame });
    const { clip } = this;
    if (this.looping && clip && !this.video.paused && mediaTime_s >= clip.end_s) {
      this.seekTo(clip.start_s);
    }
  }

  private draw(): void {
    const context = this.canvas.getContext("2d");
    if (!context || !this.poses) return;
    const ratio = window.devicePixelRatio || 1;
    const stage = { width: this.canvas.width / ratio, height: this.canvas.height / ratio };
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    if (!this.skeletonOn) context.clearRect(0, 0, stage.width, stage.height);
    const bones = this.skeletonOn ? paint(context, this.poses, this.frame, stage, this.parts()) : 0;
    this.dataset["frame"] = String(this.frame);
    this.dataset["bones"] = String(bones);
  }

  /** The joints' parts in the chosen repetition's label, while it is on the screen. */
  private parts(): JointParts | undefined {
    const { segment, mediaTime_s } = this;
    const inside = segment && mediaTime_s >= segment.start_s - 0.05 && mediaTime_s <= segment.end_s;
    return inside && segment.why ? { trackId: segment.track_id, shares: segment.why.joints } : undefined;
  }

  private resize(stage: HTMLElement): void {
    const ratio = window.devicePixelRatio || 1;
    this.canvas.width = Math.round(stage.clientWidth * ratio);
    this.canvas.height = Math.round(stage.clientHeight * ratio);
    this.draw();
  }

  private onSeek(wish: Seek): void {
    if (wish.clip) this.clip = wish.clip;
    this.seekTo(wish.time_s);
  }

  private seekTo(time_s: number): void {
    const times = this.poses?.timeS;
    this.video.currentTime = times ? seekTime(times, frameAt(times, time_s)) : time_s;
  }

  private step(frames: number): void {
    this.video.pause();
    if (!this.poses) return;
    this.video.currentTime = seekTime(this.poses.timeS, this.frame + frames);
  }

  /** A press on one of several people asks who that is; anywhere else it plays and pauses. */
  private press(event: MouseEvent): void {
    const { poses, video } = this;
    const asked = document.querySelectorAll("[data-track]").length > 1;
    if (poses && asked && poses.tracks.length > 1) {
      const stage = video.getBoundingClientRect();
      const box = contain({ width: poses.widthPx, height: poses.heightPx }, stage);
      const scale = poses.widthPx / (box.width || 1);
      const x = (event.clientX - stage.left - box.x) * scale;
      const y = (event.clientY - stage.top - box.y) * scale;
      const trackId = personAt(poses, this.frame, x, y);
      if (trackId !== null) {
        video.pause();
        pressed(trackId);
        return;
      }
    }
    this.toggle();
  }

  private toggle(): void {
    if (this.video.paused) void this.video.play();
    else this.video.pause();
  }

  private onKey(event: KeyboardEvent): void {
    const target = event.target as HTMLElement;
    if (event.ctrlKey || event.metaKey || event.altKey || target.closest("select")) return;
    if (event.key === " " && target.closest("button, input")) return;
    const actions: Record<string, () => void> = {
      " ": () => this.toggle(),
      k: () => this.toggle(),
      ArrowLeft: () => this.step(event.shiftKey ? -10 : -1),
      ArrowRight: () => this.step(event.shiftKey ? 10 : 1),
      ",": () => this.step(-1),
      ".": () => this.step(1),
    };
    const act = actions[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  }

  private showPlaying(): void {
    const { paused } = this.video;
    this.playButton.replaceChildren(icon(paused ? PATHS.play : PATHS.pause));
    this.playButton.ariaLabel = this.playButton.title = word(paused ? "play" : "pause");
  }

  private bar(stage: HTMLElement): HTMLElement {
    const back = button("back", PATHS.back, () => this.step(-1));
    this.playButton = button("play", PATHS.play, () => this.toggle());
    this.playButton.classList.add("main");
    const forward = button("forward", PATHS.forward, () => this.step(1));
    this.timeText = element("span", { className: "time", textContent: "0:00.00" });
    const loop = button("loop", PATHS.loop, () => {
      this.looping = !this.looping;
      loop.setAttribute("aria-pressed", String(this.looping));
    });
    loop.setAttribute("aria-pressed", "false");
    const bar = element("div", { className: "player-bar" });
    bar.append(back, this.playButton, forward, this.timeText, element("span", { className: "grow" }));
    bar.append(this.skeletonSwitch(), this.speedChoice(), loop);
    if (document.fullscreenEnabled) {
      const whole = (): void => {
        void (document.fullscreenElement ? document.exitFullscreen() : stage.requestFullscreen());
      };
      bar.append(button("fullscreen", PATHS.fullscreen, whole));
    }
    return bar;
  }

  private skeletonSwitch(): HTMLElement {
    const box = element("input", { type: "checkbox", checked: true });
    box.addEventListener("change", () => {
      this.skeletonOn = box.checked;
      this.draw();
    });
    return element("label", { className: "switch" }, box, word("skeleton"));
  }

  private speedChoice(): HTMLElement {
    const options = SPEEDS.map((speed) =>
      element("option", { value: String(speed), textContent: `${speed}×`, selected: speed === 1 }),
    );
    const choice = element("select", { ariaLabel: word("speed"), title: word("speed") }, ...options);
    choice.addEventListener("change", () => {
      this.video.playbackRate = Number(choice.value);
    });
    return choice;
  }
}

function button(name: "back" | "play" | "forward" | "loop" | "fullscreen", path: string, act: () => void) {
  const made = element("button", { type: "button", className: "round", title: word(name) }, icon(path));
  made.ariaLabel = word(name);
  made.addEventListener("click", act);
  return made;
}
