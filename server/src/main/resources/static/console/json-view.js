import { LitElement, css, html } from "lit";
import { shared } from "./styles.js";

/** Longer texts are shown in one colour: a span for each token would cost more than it is worth. */
const MAX_COLOURED = 60_000;
const TOKENS = /("(?:[^"\\]|\\.)*")(\s*:)?|(-?\d[\d.eE+-]*)|\b(true|false|null)\b/g;

/** JSON, indented, with its numbers as they were written. */
class JsonView extends LitElement {
  static properties = { value: { attribute: false } };

  static styles = [shared, css`
    pre {
      margin: 0;
      padding: 12px 14px;
      background: var(--page);
      border: 1px solid var(--line);
      border-radius: 6px;
      font: 12px/1.55 var(--mono);
      white-space: pre-wrap;
      overflow-wrap: anywhere;
    }
    .key { color: var(--muted); }
    .number { color: var(--second); }
    .word { color: var(--second); }
    .text { color: var(--accent); }
  `];

  render() {
    const text = JSON.stringify(this.value, null, 2) ?? "";
    return html`<pre tabindex="0" role="region" aria-label="JSON">${text.length > MAX_COLOURED ? text : coloured(text)}</pre>`;
  }
}

function coloured(text) {
  const parts = [];
  let end = 0;
  for (const token of text.matchAll(TOKENS)) {
    parts.push(text.slice(end, token.index));
    const [all, string, colon, number] = token;
    const kind = string ? (colon ? "key" : "text") : number ? "number" : "word";
    parts.push(html`<span class=${kind}>${all}</span>`);
    end = token.index + all.length;
  }
  parts.push(text.slice(end));
  return parts;
}

customElements.define("ts-json", JsonView);
