import { LitElement, css, html, nothing } from "lit";
import { get, post } from "./api.js";
import { exact, moment } from "./format.js";
import { shared } from "./styles.js";

const INTERVAL_MILLIS = 500;

/** Every state has a word and a tone besides its colour. */
export const OPERATION_STATES = {
  RUNNING: { word: "Running", tone: "idle" },
  COMPLETED: { word: "Completed", tone: "good" },
  STOPPED: { word: "Stopped", tone: "bad" },
  CANCELLED: { word: "Cancelled", tone: "warn" },
};

/** One operation: how far it is, what it waits for, what was done. Asks until it has come to rest. */
class OperationView extends LitElement {
  static properties = {
    operationId: { attribute: false },
    operation: { state: true },
    problem: { state: true },
  };

  static styles = [shared, css`
    .line {
      display: flex;
      align-items: center;
      gap: 10px;
      margin-bottom: 8px;
    }
    progress {
      flex: 1;
      height: 10px;
      accent-color: var(--accent);
    }
    .good { color: var(--good); }
    .warn { color: var(--warn); }
    .bad, .problem { color: var(--bad); }
    .state { font-weight: 600; }
    button {
      padding: 3px 12px;
      border: 1px solid var(--line);
      border-radius: 5px;
      background: var(--surface);
    }
    button:hover { background: var(--raised); }
    p { overflow-wrap: anywhere; margin-bottom: 4px; }
    ol { list-style: none; margin-top: 10px; }
    ol li { padding: 3px 0; border-top: 1px solid var(--line); overflow-wrap: anywhere; }
  `];

  #timer;

  disconnectedCallback() {
    super.disconnectedCallback();
    clearTimeout(this.#timer);
  }

  willUpdate(changed) {
    if (changed.has("operationId")) {
      this.operation = undefined;
      this.#ask();
    }
  }

  #ask = async () => {
    clearTimeout(this.#timer);
    const id = this.operationId;
    if (!id) {
      return;
    }
    try {
      const operation = await get(`/api/v1/operations/${encodeURIComponent(id)}`);
      if (id !== this.operationId) {
        return;
      }
      this.operation = operation;
      this.problem = undefined;
    } catch (problem) {
      this.problem = problem.message;
    }
    const rests = this.operation && this.operation.state !== "RUNNING" && this.operation.progress.inProgress === 0;
    if (this.isConnected && !rests) {
      this.#timer = setTimeout(this.#ask, INTERVAL_MILLIS);
    }
  };

  render() {
    const operation = this.operation;
    if (!operation) {
      return this.problem ? html`<p class="problem" role="alert">${this.problem}</p>` : nothing;
    }
    const { total, pending, inProgress, succeeded, failed, skipped } = operation.progress;
    const state = OPERATION_STATES[operation.state];
    return html`<div data-operation=${operation.id}>
      <div class="line">
        <span class="state ${state.tone}" role="status">${state.word}</span>
        <progress aria-label="Events done" max=${Math.max(1, total)} value=${total === 0 ? 1 : succeeded + failed + skipped}></progress>
        ${operation.state === "RUNNING" ? html`<button @click=${this.#cancel}>Cancel</button>` : nothing}
      </div>
      ${this.problem ? html`<p class="problem" role="alert">${this.problem}</p>` : nothing}
      <p>${exact(succeeded)} of ${exact(total)} succeeded, ${exact(failed)} failed again, ${exact(skipped)} skipped,
        ${exact(inProgress)} with their workers, ${exact(pending)} not begun.</p>
      ${operation.note ? html`<p class=${state.tone}>${operation.note}</p>` : nothing}
      ${operation.waitingFor.filter((waiting) => waiting.reason).map((waiting) => html`<p class="warn">${exact(waiting.events)} with ${waiting.worker}, which is ${(waiting.state ?? "not here").toLowerCase()}: ${waiting.reason}</p>`)}
      ${operation.notes.map((note) => html`<p><span class="muted">Dead letter ${note.id} ${note.status === "FAILED" ? "failed again" : "was skipped"}:</span> ${note.note}</p>`)}
      <ol>${operation.steps.map((step) => html`<li><span class="muted">${moment(step.at)} · ${step.by}</span> ${step.text}</li>`)}</ol>
    </div>`;
  }

  #cancel = async () => {
    try {
      await post(`/api/v1/operations/${encodeURIComponent(this.operationId)}/cancel`);
      await this.#ask();
    } catch (problem) {
      this.problem = problem.message;
    }
  };
}

customElements.define("ts-operation", OperationView);
