import { LitElement, css, html, nothing } from "lit";
import { repeat } from "lit/directives/repeat.js";
import { post } from "./api.js";
import { ago, count, exact, millis, moment, rate } from "./format.js";
import { panel, shared } from "./styles.js";

/** Every state has a word and a shape besides its colour. */
const STATES = {
  RUNNING: { word: "Running", shape: "●", tone: "good" },
  DEGRADED: { word: "Degraded", shape: "▲", tone: "warn" },
  STALLED: { word: "Stalled", shape: "◆", tone: "bad" },
  PAUSED: { word: "Paused", shape: "❚❚", tone: "idle" },
  DOWN: { word: "Down", shape: "■", tone: "bad" },
};

/** Who reacts to events, and how that goes. */
class Workers extends LitElement {
  static properties = {
    workers: { attribute: false },
    pending: { state: true },
    problem: { state: true },
  };

  static styles = [shared, panel, css`
    .name { width: 15%; }
    .state { width: 24%; }
    .small { width: 6.2%; }
    td { padding-top: 3px; padding-bottom: 3px; }
    .error { width: auto; }
    .action { width: 96px; text-align: right; padding-right: 14px; overflow: visible; }
    tr.attention td { background: var(--warn-wash); }
    tr.alarm td { background: var(--bad-wash); }
    .good { color: var(--good); }
    .warn { color: var(--warn); }
    .bad { color: var(--bad); }
    .idle { color: var(--idle); }
    .shape {
      display: inline-block;
      width: 16px;
      font-size: 9px;
      letter-spacing: -1px;
      vertical-align: 1px;
    }
    .word { font-weight: 500; }
    .reason { margin-left: 8px; }
    .some { color: var(--bad); }
    td.action button {
      min-width: 62px;
      padding: 1px 8px;
      border: 1px solid transparent;
      border-radius: 5px;
      background: none;
      color: var(--muted);
      font-size: 12px;
    }
    tr:hover td.action button, td.action button.resume { border-color: var(--line); color: var(--text); }
    td.action button:hover { background: var(--raised); }
    td.action button:disabled { opacity: 0.5; cursor: default; }
    .problem { color: var(--bad); }
    @media (max-width: 900px) {
      table { min-width: 900px; }
    }
  `];

  constructor() {
    super();
    this.pending = new Set();
    this.problem = "";
  }

  render() {
    const workers = this.workers && troubleFirst(this.workers);
    return html`
      <div class="head">
        <h2>Workers<span class="count">${workers ? workers.length : ""}</span></h2>
        <span class="problem" role="status">${this.problem}</span>
      </div>
      <div class="body" tabindex="-1">
        ${workers?.length === 0
          ? html`<p class="empty">No worker is registered. Events are stored until one subscribes to them.</p>`
          : html`<table>
              <thead>
                <tr>
                  <th class="name" scope="col">Worker</th>
                  <th class="state" scope="col">State</th>
                  <th class="small number" scope="col">Rate /s</th>
                  <th class="small number" scope="col">Lag</th>
                  <th class="small number" scope="col">Parked</th>
                  <th class="small number" scope="col">Dead</th>
                  <th class="small number" scope="col">Failed</th>
                  <th class="small number" scope="col">Mean ms</th>
                  <th class="error" scope="col">Last error</th>
                  <th class="action" scope="col"><span class="hidden-text">Action</span></th>
                </tr>
              </thead>
              <tbody>${repeat(workers ?? [], (worker) => worker.name, (worker) => this.#row(worker))}</tbody>
            </table>`}
      </div>`;
  }

  #row(worker) {
    const state = STATES[worker.state];
    const paused = worker.state === "PAUSED";
    return html`<tr class=${worker.state === "DOWN" || worker.state === "STALLED" ? "alarm" : worker.state === "DEGRADED" ? "attention" : nothing} data-worker=${worker.name}>
      <td title="${worker.name}, group ${worker.group}, ${worker.subscribesTo.join(", ")}">${worker.name}</td>
      <td title=${worker.reason || state.word}>
        <span class=${state.tone}><span class="shape" aria-hidden="true">${state.shape}</span><span class="word">${state.word}</span></span>
        <span class="reason muted">${worker.reason}</span>
      </td>
      <td class="number">${rate(worker.processedPerSecond)}</td>
      <td class="number" title=${exact(worker.lag)}>${count(worker.lag)}</td>
      <td class="number">${count(worker.parked)}</td>
      <td class="number ${worker.deadLetters > 0 ? "some" : ""}">${count(worker.deadLetters)}</td>
      <td class="number" title="${rate(worker.failedPerSecond)} per second now">${count(worker.failed)}</td>
      <td class="number">${millis(worker.meanProcessingMillis)}</td>
      <td class="muted" title=${worker.lastError ? `${moment(worker.lastErrorAt)}  ${worker.lastError}` : ""}>
        ${worker.lastError ? html`${ago(worker.lastErrorAt)} · ${shortError(worker.lastError)}` : "–"}
      </td>
      <td class="action">
        <button class=${paused ? "resume" : "pause"} ?disabled=${this.pending.has(worker.name)} @click=${() => this.#change(worker.name, paused ? "resume" : "pause")}
          aria-label="${paused ? "Resume" : "Pause"} ${worker.name}">${paused ? "Resume" : "Pause"}</button>
      </td>
    </tr>`;
  }

  async #change(name, what) {
    this.pending = new Set([...this.pending, name]);
    try {
      const changed = await post(`/api/v1/workers/${encodeURIComponent(name)}/${what}`);
      this.problem = "";
      this.dispatchEvent(new CustomEvent("worker-changed", { detail: changed }));
    } catch (problem) {
      this.problem = `Cannot ${what} ${name}: ${problem.message}`;
    } finally {
      this.pending = new Set([...this.pending].filter((other) => other !== name));
    }
  }
}

/** Those in trouble come first; the others stay where they are. */
function troubleFirst(workers) {
  const rank = ({ state }) => (state === "DOWN" || state === "STALLED" ? 0 : state === "DEGRADED" ? 1 : 2);
  return workers.toSorted((one, other) => rank(one) - rank(other));
}

/** An error begins with the name of a class, whose package says little. */
const shortError = (error) => error.replace(/^(?:[a-z_][\w$]*\.)+(?=[A-Z])/, "");

customElements.define("ts-workers", Workers);
