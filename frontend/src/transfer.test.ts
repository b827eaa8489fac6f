import { expect, it } from "vitest";
import { bytesText, clockText } from "./format";
import { reason } from "./elements/upload-field";
import { Transfer } from "./transfer";

it("tells the time left of a steady transfer", () => {
  const transfer = new Transfer(1000);
  expect(transfer.update(0, 0)).toBeNull();
  expect(transfer.update(100, 1)).toBeCloseTo(9);
  expect(transfer.update(200, 2)).toBeCloseTo(8);
});

it("does not count what an earlier try had sent", () => {
  const transfer = new Transfer(1000);
  expect(transfer.update(900, 0)).toBeNull();
  expect(transfer.update(910, 1)).toBeCloseTo(9);
});

it("says nothing while nothing moves, and begins again when the server has less", () => {
  const transfer = new Transfer(1000);
  transfer.update(500, 0);
  expect(transfer.update(500, 1)).toBeNull();
  expect(transfer.update(100, 2)).toBeNull();
});

it("writes times and sizes as people read them", () => {
  expect(clockText(7.26)).toBe("0:07.3");
  expect(clockText(59.96)).toBe("1:00.0");
  expect(clockText(3605, 0)).toBe("1:00:05");
  expect(bytesText(999)).toBe("999 B");
  expect(bytesText(52_400_000)).toBe("52.4 MB");
});

it("passes the server's own words on", () => {
  const answered = (body: string) =>
    Object.assign(new Error("x"), { originalResponse: { getBody: () => body } }) as never;
  expect(reason(answered('{"detail":"Too large."}'))).toBe("Too large.");
  expect(reason(new Error("network"))).toContain("connection was lost");
});
