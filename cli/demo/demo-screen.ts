import { type DemoFrame, renderFrame, renderLine } from "./demo-frame.ts";

/** Where the demo is shown. */
export interface ScreenStream {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/** How often a terminal is redrawn, and how often a line is written when nobody watches live. */
const FRAME_MS = 1_000;
const LINE_MS = 5_000;

/** Shows the demo: on a terminal the frame is drawn over the one before, elsewhere it is a line. */
export class DemoScreen {
  readonly #stream: ScreenStream;
  #linesDrawn = 0;

  constructor(stream: ScreenStream) {
    this.#stream = stream;
  }

  /** Milliseconds between two frames. */
  get intervalMs(): number {
    return this.#stream.isTTY ? FRAME_MS : LINE_MS;
  }

  show(frame: DemoFrame): void {
    if (!this.#stream.isTTY) {
      this.#stream.write(renderLine(frame));
      return;
    }
    const text = renderFrame(frame);
    const back = this.#linesDrawn === 0 ? "" : `\x1b[${this.#linesDrawn}A\x1b[J`;
    this.#stream.write(back + text);
    this.#linesDrawn = text.split("\n").length - 1;
  }
}
