import { LitElement, css, html, svg } from "lit";
import { rate } from "./format.js";

const WIDTH = 240;
const HEIGHT = 40;

/** The course of a rate. The newest value is at the right edge; there is room for `points` of them. */
class Sparkline extends LitElement {
  static properties = {
    values: { attribute: false },
    points: { type: Number },
    label: {},
  };

  static styles = css`
    :host {
      display: block;
      height: 40px;
    }
    svg {
      display: block;
      width: 100%;
      height: 100%;
      overflow: visible;
    }
    path {
      fill: none;
      stroke: currentColor;
      stroke-width: 1.5;
      stroke-linejoin: round;
      vector-effect: non-scaling-stroke;
    }
    .area {
      fill: currentColor;
      stroke: none;
      opacity: 0.12;
    }
    line {
      stroke: var(--line);
      vector-effect: non-scaling-stroke;
    }
  `;

  constructor() {
    super();
    this.values = [];
    this.points = 120;
    this.label = "";
  }

  render() {
    const values = this.values.slice(-this.points);
    const peak = Math.max(1, ...values);
    const step = WIDTH / (this.points - 1);
    const first = WIDTH - (values.length - 1) * step;
    const path = values
      .map((value, i) => `${i === 0 ? "M" : "L"}${(first + i * step).toFixed(1)} ${(HEIGHT - (value / peak) * (HEIGHT - 2)).toFixed(1)}`)
      .join("");
    return html`<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none" role="img"
        aria-label="${this.label}, at most ${rate(Math.max(0, ...values))} per second in the last two minutes">
      <line x1="0" y1=${HEIGHT} x2=${WIDTH} y2=${HEIGHT}></line>
      ${values.length > 1
        ? svg`<path class="area" d="${path}L${WIDTH} ${HEIGHT}L${first.toFixed(1)} ${HEIGHT}Z"></path><path d=${path}></path>`
        : ""}
    </svg>`;
  }
}

customElements.define("ts-sparkline", Sparkline);
