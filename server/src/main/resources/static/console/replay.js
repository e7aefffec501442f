import { LitElement, css, html, nothing } from "lit";
import { postJson } from "./api.js";
import { exact } from "./format.js";
import { shared } from "./styles.js";
import "./operation.js";

const FIELDS = [
  { name: "type", label: "Type", hint: "Trading.*" },
  { name: "subject", label: "Subject", hint: "account-7" },
  { name: "from", label: "Happened from", hint: "2026-01-31T12:00:00Z" },
  { name: "to", label: "Happened before", hint: "2026-02-01T00:00:00Z" },
  { name: "after", label: "Behind position", hint: "0", isNumber: true },
];

/** Gives stored events to a worker once more: first it says which, then it does and shows how far it is. */
class Replaying extends LitElement {
  static properties = {
    worker: { attribute: false },
    asking: { state: true },
    preview: { state: true },
    operationId: { state: true },
    problem: { state: true },
    busy: { state: true },
  };

  static styles = [shared, css`
    .buttons { display: flex; gap: 8px; flex-wrap: wrap; }
    button {
      padding: 4px 14px;
      border: 1px solid var(--line);
      border-radius: 5px;
      background: var(--surface);
    }
    button:hover { background: var(--raised); }
    button:disabled { opacity: 0.5; cursor: default; }
    button.go { border-color: var(--accent); font-weight: 600; }
    .box {
      margin-top: 10px;
      padding: 10px 12px;
      border: 1px solid var(--line);
      border-radius: 6px;
      display: grid;
      gap: 8px;
    }
    .problem { color: var(--bad); overflow-wrap: anywhere; }
    label { display: grid; gap: 3px; color: var(--muted); }
    input {
      padding: 4px 8px;
      border: 1px solid var(--line);
      border-radius: 5px;
      background: var(--page);
      color: var(--text);
    }
  `];

  /** One for each preview, so that what is ordered twice is one operation. */
  #requestId;

  willUpdate(changed) {
    if (changed.has("worker") && changed.get("worker") !== this.worker) {
      this.#reset();
      this.operationId = undefined;
    }
  }

  #reset = () => {
    this.asking = false;
    this.preview = undefined;
    this.problem = undefined;
    this.busy = false;
  };

  render() {
    return html`
      ${this.asking || this.preview ? nothing : html`<div class="buttons"><button @click=${this.#ask}>Replay…</button></div>`}
      ${this.asking ? this.#form() : nothing}
      ${this.preview ? this.#confirmation(this.preview) : nothing}
      ${this.problem ? html`<p class="problem" role="alert">${this.problem}</p>` : nothing}
      ${this.operationId ? html`<div class="box"><ts-operation .operationId=${this.operationId}></ts-operation></div>` : nothing}`;
  }

  #form() {
    return html`<div class="box" data-replay="form">
      <p class="muted">Which stored events ${this.worker} gets once more; what is left empty is not asked for.</p>
      ${FIELDS.map(({ name, label, hint }) => html`<label>${label}<input id=${name} placeholder=${hint} autocomplete="off" spellcheck="false"></label>`)}
      <div class="buttons">
        <button class="go" ?disabled=${this.busy} @click=${this.#tryOut}>Which would that be?</button>
        <button @click=${this.#reset}>Back</button>
      </div>
    </div>`;
  }

  #confirmation(preview) {
    return html`<div class="box" data-replay="preview">
      <p>${this.worker} would get <b>${exact(preview.total)}</b> stored ${preview.total === 1 ? "event" : "events"} once more, up to position ${exact(preview.selection.upTo)}.</p>
      ${preview.groups.map((group) => html`<p class="muted">${exact(group.count)} × ${group.type}</p>`)}
      <p class="muted">In batches of ${[...preview.canary, "all others"].join(", ")}; it stops when ${preview.stopOnFailures === 1 ? "one fails" : `${exact(preview.stopOnFailures)} fail`}. Later events of these subjects wait behind them.</p>
      <label>Reason, for the log<input id="reason" maxlength="1000" autocomplete="off"></label>
      <div class="buttons">
        <button class="go" ?disabled=${this.busy} @click=${this.#order}>Replay now</button>
        <button @click=${this.#reset}>Back</button>
      </div>
    </div>`;
  }

  #value(name) {
    return this.renderRoot.querySelector(`#${name}`)?.value.trim() ?? "";
  }

  #ask = () => {
    this.#reset();
    this.asking = true;
    this.operationId = undefined;
  };

  #tryOut = () => this.#busily(async () => {
    const selection = { worker: this.worker };
    for (const { name, isNumber } of FIELDS) {
      const value = this.#value(name);
      if (value) {
        selection[name] = isNumber && Number.isFinite(Number(value)) ? Number(value) : value;
      }
    }
    this.preview = await postJson("/api/v1/operations", { kind: "replay", selection, dryRun: true });
    this.asking = false;
    this.#requestId = crypto.randomUUID();
  });

  /** What is ordered is what was shown: the selection comes back with the position of its last event. */
  #order = () => this.#busily(async () => {
    const order = { kind: "replay", selection: this.preview.selection, reason: this.#value("reason"), requestId: this.#requestId };
    this.operationId = (await postJson("/api/v1/operations", order)).id;
    this.preview = undefined;
  });

  async #busily(work) {
    this.busy = true;
    this.problem = undefined;
    try {
      await work();
    } catch (problem) {
      this.problem = problem.message;
    } finally {
      this.busy = false;
    }
  }
}

customElements.define("ts-replay", Replaying);
