import { LitElement, css, html, nothing } from "lit";
import { post } from "./api.js";
import { ago, exact, moment } from "./format.js";
import { BREAKER_STATES, INSTANCE_STATES, WORKER_STATES, toned } from "./states.js";
import { shared, tones } from "./styles.js";
import "./replay.js";

/** What can be ordered of a worker, on every instance that has it. What can hurt is asked for twice. */
const ORDERS = {
  pause: { word: "Pause" },
  drain: { word: "Drain", means: "takes no new events, and says when nothing is at hand any more" },
  resume: { word: "Resume" },
  "breaker/open": {
    word: "Open breaker…",
    now: "Open it now",
    warning: "It takes no more events, on every instance, until the breaker is reset. They wait in the log, and none is lost.",
  },
  "breaker/reset": {
    word: "Reset breaker…",
    now: "Reset it now",
    warning: "Everything that waits goes to the handlers at once, on every instance. Do it when what they depend on answers again.",
  },
};

/** One worker: its breaker, what is stuck, and the instances that have it. */
class WorkerDetails extends LitElement {
  static properties = {
    worker: { attribute: false },
    instances: { attribute: false },
    asked: { state: true },
    busy: { state: true },
    problem: { state: true },
    wanted: { state: true },
  };

  static styles = [shared, tones, css`
    .buttons { display: flex; gap: 8px; flex-wrap: wrap; }
    button {
      padding: 4px 14px;
      border: 1px solid var(--line);
      border-radius: 5px;
      background: var(--surface);
    }
    button:hover { background: var(--raised); }
    button:disabled { opacity: 0.5; cursor: default; }
    button.go { border-color: var(--bad); font-weight: 600; }
    .box {
      display: grid;
      gap: 8px;
      margin-top: 10px;
      padding: 10px 12px;
      border: 1px solid var(--line);
      border-radius: 6px;
    }
    .problem { color: var(--bad); margin-top: 8px; overflow-wrap: anywhere; }
    form { display: flex; gap: 8px; align-items: center; margin-top: 4px; }
    input {
      width: 80px;
      padding: 3px 8px;
      border: 1px solid var(--line);
      border-radius: 5px;
      background: var(--page);
      color: var(--text);
      font: inherit;
    }
    form button { padding: 3px 12px; }
    dl {
      display: grid;
      grid-template-columns: 110px minmax(0, 1fr);
      gap: 4px 12px;
      margin: 16px 0;
    }
    dt { color: var(--muted); }
    dd { overflow-wrap: anywhere; }
    h3 { margin: 18px 0 8px; font-size: 13px; font-weight: 600; }
    li {
      list-style: none;
      padding: 9px 12px;
      margin-bottom: 8px;
      border: 1px solid var(--line);
      border-radius: 6px;
      overflow-wrap: anywhere;
    }
    li.stuck { border-left: 3px solid var(--bad); }
    summary { cursor: pointer; color: var(--muted); margin-top: 4px; }
    pre {
      margin: 6px 0 0;
      padding: 10px 12px;
      overflow: auto;
      max-height: 320px;
      background: var(--page);
      border-radius: 6px;
      font: 11.5px/1.5 var(--mono);
    }
  `];

  willUpdate(changed) {
    if (changed.has("worker") && changed.get("worker")?.name !== this.worker?.name) {
      this.asked = undefined;
      this.problem = undefined;
      this.wanted = undefined;
      this.busy = false;
    }
  }

  render() {
    const worker = this.worker;
    if (!worker) {
      return html`<p class="muted">It is not registered here any more.</p>`;
    }
    const { paused } = worker;
    const orders = [
      paused ? "resume" : "pause",
      ...(paused && worker.reason.startsWith("drain") ? [] : ["drain"]),
      ...(worker.breaker === "FORCED_OPEN" ? [] : ["breaker/open"]),
      ...(worker.breaker === "CLOSED" ? [] : ["breaker/reset"]),
    ];
    return html`
      <div class="buttons">
        ${orders.map((order) => html`<button title=${ORDERS[order].means ?? nothing} ?disabled=${this.busy} @click=${() => this.#ask(order)}>${ORDERS[order].word}</button>`)}
      </div>
      ${this.problem ? html`<p class="problem" role="alert">${this.problem}</p>` : nothing}
      ${this.asked ? html`<div class="box" data-asked=${this.asked}>
        <p>${ORDERS[this.asked].warning}</p>
        <div class="buttons">
          <button class="go" ?disabled=${this.busy} @click=${() => this.#order(this.asked)}>${ORDERS[this.asked].now}</button>
          <button @click=${() => (this.asked = undefined)}>Back</button>
        </div>
      </div>` : nothing}
      <dl>
        <dt>State</dt><dd>${toned(WORKER_STATES[worker.state])} <span class="muted">${worker.reason}</span></dd>
        <dt>Breaker</dt><dd data-breaker=${worker.breaker}>${toned(BREAKER_STATES[worker.breaker])}
          <span class="muted">${BREAKER_STATES[worker.breaker].means}</span></dd>
        <dt>Group</dt><dd>${worker.group}</dd>
        <dt>Subscribes to</dt><dd>${worker.subscribesTo.join(", ")}</dd>
        <dt>At a time</dt><dd data-concurrency=${worker.concurrency}>${exact(worker.concurrency)} subjects, ${exact(worker.inFlight)} events at hand
          <form @submit=${this.#changeConcurrency}>
            <input type="number" name="subjects" min="1" max="1024" required aria-label="Subjects at a time" .defaultValue=${String(worker.concurrency)}>
            <button ?disabled=${this.busy}>Change</button>
            <span class="muted">${this.wanted && this.wanted !== worker.concurrency ? `${exact(this.wanted)} as soon as what it has taken is done with` : "on every instance"}</span>
          </form></dd>
        <dt>Last error</dt><dd>${worker.lastError ? `${moment(worker.lastErrorAt)} ${worker.lastError}` : "none"}</dd>
      </dl>
      ${worker.stuck.length > 0 ? html`
        <h3>Handlers that do not end</h3>
        <ul>${worker.stuck.map((handler) => this.#stuck(handler))}</ul>` : nothing}
      ${worker.replayable ? html`<h3>Stored events</h3><ts-replay .worker=${worker.name}></ts-replay>` : nothing}
      <h3>Instances</h3>
      <ul>${this.#instancesOf(worker)}</ul>`;
  }

  #stuck(handler) {
    return html`<li class="stuck" data-stuck=${handler.key}>
      <p><b>${handler.key}</b> for ${ago(handler.since).replace(/ ago$/, "")}; later events of it wait, others go on.</p>
      <p class="muted clip" title=${handler.task}>${handler.task}</p>
      <details><summary>Stack</summary><pre tabindex="0">${handler.stack.join("\n")}</pre></details>
    </li>`;
  }

  #instancesOf(worker) {
    const having = (this.instances ?? []).flatMap((instance) =>
      instance.workers.filter(({ name }) => name === worker.name).map((report) => ({ instance, report })));
    return having.length === 0
      ? html`<li class="muted">None has said anything yet.</li>`
      : having.map(({ instance, report }) => html`<li data-instance=${instance.instance}>
          <p><b>${instance.instance}</b> ${toned(INSTANCE_STATES[instance.alive ? "ALIVE" : "SILENT"])}
            <span class="muted">seen ${ago(instance.seenAt)}</span></p>
          <p>${toned(WORKER_STATES[report.state])} <span class="muted">${report.reason}</span></p>
        </li>`);
  }

  #ask(order) {
    this.problem = undefined;
    if (ORDERS[order].warning) {
      this.asked = order;
    } else {
      this.#order(order);
    }
  }

  #changeConcurrency(submitted) {
    submitted.preventDefault();
    const subjects = Number(new FormData(submitted.target).get("subjects"));
    this.wanted = subjects;
    this.#order(`concurrency?subjects=${subjects}`);
  }

  async #order(order) {
    const name = this.worker.name;
    this.busy = true;
    try {
      const changed = await post(`/api/v1/workers/${encodeURIComponent(name)}/${order}`);
      this.asked = undefined;
      this.problem = undefined;
      this.dispatchEvent(new CustomEvent("worker-changed", { detail: changed, bubbles: true, composed: true }));
    } catch (problem) {
      this.problem = problem.message;
    } finally {
      this.busy = false;
    }
  }
}

customElements.define("ts-worker", WorkerDetails);
