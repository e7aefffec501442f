import { LitElement, css, html, nothing } from "lit";
import { repeat } from "lit/directives/repeat.js";
import { post } from "./api.js";
import { ago, count, exact, millis, moment, rate } from "./format.js";
import { BREAKER_STATES, INSTANCE_STATES, PROJECTION_STATES, WORKER_STATES, toned } from "./states.js";
import { panel, shared, tones, views } from "./styles.js";

const VIEWS = { workers: "Workers", instances: "Instances", projections: "Projections" };

/** Who reacts to events, and how that goes; the processes in which they do; and the read models that are made of events. */
class Workers extends LitElement {
  static properties = {
    workers: { attribute: false },
    instances: { attribute: false },
    projections: { attribute: false },
    view: { state: true },
    pending: { state: true },
    problem: { state: true },
  };

  static styles = [shared, panel, tones, views, css`
    .name { width: 15%; }
    .state { width: 20%; }
    .breaker { width: 8.5%; }
    .small { width: 5.8%; }
    td { padding-top: 3px; padding-bottom: 3px; }
    .error { width: auto; }
    .action { width: 96px; text-align: right; padding-right: 14px; overflow: visible; }
    tr.attention td { background: var(--warn-wash); }
    tr.alarm td { background: var(--bad-wash); }
    .reason { margin-left: 8px; }
    .some { color: var(--bad); }
    td.action button {
      position: relative; /* above the button that opens the row */
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
    .seen { width: 13%; }
    td.works { white-space: normal; }
    .work { display: inline-block; margin-right: 14px; }
    @media (max-width: 900px) {
      table { min-width: 980px; }
    }
  `];

  constructor() {
    super();
    this.pending = new Set();
    this.problem = "";
    this.view = "workers";
  }

  render() {
    const shown = this[this.view];
    return html`
      <div class="head">
        <h2>${VIEWS[this.view]}<span class="count">${shown ? shown.length : ""}</span></h2>
        <span class="problem" role="status">${this.problem}</span>
        <div class="views" role="group" aria-label="View of workers">
          ${Object.entries(VIEWS).map(([view, word]) => html`<button aria-pressed=${this.view === view} @click=${() => (this.view = view)}>${word}</button>`)}
        </div>
      </div>
      <div class="body" tabindex="-1">${this.view === "workers" ? this.#workers() : this.view === "instances" ? this.#instances() : this.#projections()}</div>`;
  }

  #workers() {
    if (this.workers?.length === 0) {
      return html`<p class="empty">No worker is registered. Events are stored until one subscribes to them.</p>`;
    }
    return html`<table>
      <thead>
        <tr>
          <th class="name" scope="col">Worker</th>
          <th class="state" scope="col">State</th>
          <th class="breaker" scope="col">Breaker</th>
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
      <tbody>${repeat(troubleFirst(this.workers ?? []), (worker) => worker.name, (worker) => this.#row(worker))}</tbody>
    </table>`;
  }

  #instances() {
    if (this.instances?.length === 0) {
      return html`<p class="empty">No instance has said anything yet.</p>`;
    }
    return html`<table>
      <thead>
        <tr>
          <th class="name" scope="col">Instance</th>
          <th class="breaker" scope="col">State</th>
          <th class="seen" scope="col">Last seen</th>
          <th class="seen" scope="col">Up since</th>
          <th scope="col">Works on</th>
        </tr>
      </thead>
      <tbody>${repeat(this.instances ?? [], ({ instance }) => instance, (instance) => this.#instance(instance))}</tbody>
    </table>`;
  }

  #projections() {
    if (this.projections?.length === 0) {
      return html`<p class="empty">No service has said yet that it makes a read model of these events.</p>`;
    }
    return html`<table>
      <thead>
        <tr>
          <th class="name" scope="col">Projection</th>
          <th class="breaker" scope="col">State</th>
          <th class="small number" scope="col">Version</th>
          <th class="breaker number" scope="col">Position</th>
          <th class="small number" scope="col">Lag</th>
          <th class="seen" scope="col">Instance</th>
          <th class="error" scope="col">Note</th>
        </tr>
      </thead>
      <tbody>${repeat(this.projections ?? [], ({ name, instance }) => `${name} ${instance}`, (projection) => this.#projection(projection))}</tbody>
    </table>`;
  }

  #projection({ name, instance, alive, version, state, reason, position, lag, rebuild, seenAt }) {
    const note = reason || (rebuild
      ? `version ${rebuild.version}: ${exact(rebuild.position)} of ${exact(rebuild.target)}, at most ${exact(rebuild.eventsPerSecond)}/s`
      : "");
    return html`<tr class=${!alive || state === "STOPPED" ? "alarm" : nothing} data-projection=${name}>
      <td title=${name}>${name}</td>
      <td title="last seen ${moment(seenAt)}">${toned(PROJECTION_STATES[alive ? state : "SILENT"])}</td>
      <td class="number">${version}</td>
      <td class="number">${exact(position)}</td>
      <td class="number" title=${exact(lag)}>${count(lag)}</td>
      <td title=${instance}>${instance}</td>
      <td class="muted" title=${note}>${note || "–"}</td>
    </tr>`;
  }

  #instance({ instance, alive, seenAt, startedAt, workers }) {
    return html`<tr class=${alive ? nothing : "alarm"} data-instance=${instance}>
      <td title=${instance}>${instance}</td>
      <td>${toned(INSTANCE_STATES[alive ? "ALIVE" : "SILENT"])}</td>
      <td title=${moment(seenAt)}>${ago(seenAt)}</td>
      <td>${moment(startedAt).slice(0, "2026-01-31 12:00".length)}</td>
      <td class="works">${troubleFirst(workers).map(({ name, state, reason }) => html`<span class="work" title="${name}: ${WORKER_STATES[state].word}${reason ? `, ${reason}` : ""}">
        <span class=${WORKER_STATES[state].tone}><span class="shape" aria-hidden="true">${WORKER_STATES[state].shape}</span></span>${name}<span class="hidden-text"> ${WORKER_STATES[state].word}</span></span>`)}</td>
    </tr>`;
  }

  #row(worker) {
    const state = WORKER_STATES[worker.state];
    const breaker = BREAKER_STATES[worker.breaker];
    const { paused } = worker;
    return html`<tr class="opens ${worker.state === "DOWN" || worker.state === "STALLED" ? "alarm" : worker.state === "DEGRADED" ? "attention" : ""}" data-worker=${worker.name}>
      <td title="${worker.name}, group ${worker.group}, ${worker.subscribesTo.join(", ")}"><button class="open" @click=${() => this.#open(worker)}>${worker.name}</button></td>
      <td title=${worker.reason || state.word}>
        ${toned(state)}
        <span class="reason muted">${worker.reason}</span>
      </td>
      <td title=${breaker.means}>${worker.breaker === "CLOSED" ? html`<span class="muted">${breaker.word}</span>` : toned(breaker)}</td>
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

  #open(worker) {
    this.dispatchEvent(new CustomEvent("open-worker", { detail: worker }));
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
