import { LitElement, css, html, nothing } from "lit";
import { get } from "./api.js";
import { clock, duration } from "./format.js";
import { shared } from "./styles.js";
import "./dead-letters.js";
import "./details.js";
import "./events.js";
import "./overview.js";
import "./workers.js";

const INTERVAL_MILLIS = 1_000;

const CONDITIONS = {
  UP: { word: "Up", shape: "●", tone: "good" },
  DEGRADED: { word: "Some workers have trouble", shape: "▲", tone: "warn" },
  DOWN: { word: "Transport down", shape: "■", tone: "bad" },
  UNREACHABLE: { word: "No answer", shape: "■", tone: "bad" },
  CONNECTING: { word: "Connecting", shape: "○", tone: "idle" },
};

/** The console: asks the API once a second while somebody can see the page. */
class Console extends LitElement {
  static properties = {
    status: { state: true },
    workers: { state: true },
    instances: { state: true },
    projections: { state: true },
    types: { state: true },
    silentSince: { state: true },
    problem: { state: true },
  };

  static styles = [shared, css`
    :host {
      display: grid;
      grid-template-columns: minmax(0, 1fr); /* no wider than the screen, whatever is in it */
      grid-template-rows: auto auto auto auto;
      gap: 10px;
      padding: 0 14px 14px;
    }
    header {
      display: flex;
      align-items: center;
      flex-wrap: wrap;
      gap: 4px 14px;
      min-height: 50px;
      margin: 0 -14px;
      padding: 6px 16px;
      background: var(--surface);
      border-bottom: 1px solid var(--line);
    }
    header img {
      display: block;
      width: 24px;
      height: 24px;
    }
    h1 {
      display: flex;
      align-items: center;
      gap: 10px;
      font-size: 15px;
      font-weight: 600;
      letter-spacing: -0.01em;
      white-space: nowrap;
    }
    .condition {
      display: flex;
      align-items: center;
      gap: 7px;
      min-width: 90px;
      padding: 2px 11px;
      border: 1px solid var(--line);
      border-radius: 99px;
      font-weight: 500;
      white-space: nowrap;
    }
    .shape { font-size: 9px; }
    .good { color: var(--good); }
    .warn { color: var(--warn); }
    .bad { color: var(--bad); }
    .idle { color: var(--idle); }
    .condition.bad { background: var(--bad-wash); border-color: currentColor; }
    .facts {
      display: flex;
      gap: 4px 18px;
      flex: 0 1 auto;
      margin-left: auto;
      color: var(--muted);
      font-size: 12px;
      white-space: nowrap;
      min-width: 0;
    }
    .facts b { color: var(--text); font-weight: 500; }
    .detail { max-width: 90ch; min-width: 0; }
    main {
      display: grid;
      grid-template-rows: auto minmax(150px, 38vh) minmax(320px, 60vh);
      grid-template-columns: minmax(0, 1fr) minmax(320px, 32%);
      gap: 10px;
      min-height: 0;
    }
    ts-overview, ts-workers { grid-column: 1 / -1; }
    main.stale { opacity: 0.55; }
    /* On a screen that is large enough, everything is on it, and only lists scroll. */
    @media (min-width: 1000px) and (min-height: 720px) {
      :host {
        height: 100vh;
        grid-template-rows: auto minmax(0, 1fr);
      }
      main { grid-template-rows: auto minmax(0, 4fr) minmax(0, 5fr); }
    }
    @media (max-width: 999px) {
      main {
        grid-template-columns: minmax(0, 1fr);
        grid-template-rows: auto minmax(150px, 340px) 460px auto;
      }
      ts-dead-letters { min-height: 140px; max-height: 460px; }
      .facts { margin-left: 0; flex-wrap: wrap; }
    }
  `];

  #timer;

  constructor() {
    super();
    this.types = [];
  }

  connectedCallback() {
    super.connectedCallback();
    document.addEventListener("visibilitychange", this.#onVisible);
    this.#onVisible();
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    document.removeEventListener("visibilitychange", this.#onVisible);
    clearTimeout(this.#timer);
  }

  #onVisible = () => {
    clearTimeout(this.#timer);
    if (document.visibilityState === "visible") {
      this.#ask();
    }
  };

  #ask = async () => {
    try {
      const [status, { workers }, { instances }, { projections }] = await Promise.all(
        ["status", "workers", "instances", "projections"].map((what) => get(`/api/v1/${what}`)));
      if (this.types.length === 0) {
        this.types = (await get("/api/v1/catalog")).types.map((entry) => entry.type);
      }
      this.status = status;
      this.workers = workers;
      this.instances = instances;
      this.projections = projections;
      this.silentSince = undefined;
    } catch (problem) {
      this.silentSince ??= Date.now();
      this.problem = problem.message;
    }
    document.title = `${this.#condition() === "UP" ? "" : `${CONDITIONS[this.#condition()].word} · `}TradeSense Events`;
    clearTimeout(this.#timer);
    if (document.visibilityState === "visible" && this.isConnected) {
      this.#timer = setTimeout(this.#ask, INTERVAL_MILLIS);
    }
  };

  #condition() {
    return this.silentSince ? "UNREACHABLE" : (this.status?.status ?? "CONNECTING");
  }

  render() {
    const status = this.status;
    const condition = CONDITIONS[this.#condition()];
    return html`
      <header>
        <h1><img src="/console/icon.svg" alt="">TradeSense Events</h1>
        <span class="condition ${condition.tone}" role="status">
          <span class="shape" aria-hidden="true">${condition.shape}</span>${condition.word}
        </span>
        ${this.silentSince ? html`<span class="bad">${this.problem} Shown is what was known at ${clock(this.silentSince, false)}.</span>` : nothing}
        ${status ? html`<div class="facts">
          <span class="clip detail" title=${status.transport.detail}>Transport <b>${status.transport.name}</b>, ${status.transport.detail}</span>
          <span>Up <b>${duration(status.uptimeSeconds)}</b></span>
          <span>${status.version}</span>
        </div>` : nothing}
      </header>
      <main class=${this.silentSince ? "stale" : nothing}>
        <ts-overview .status=${status}></ts-overview>
        <ts-workers .workers=${this.workers} .instances=${this.instances} .projections=${this.projections} @worker-changed=${this.#onWorker}
          @open-worker=${(open) => this.#details.showWorker(open.detail)}></ts-workers>
        <ts-events .types=${this.types} @open-event=${(open) => this.#details.showEvent(open.detail)}></ts-events>
        <ts-dead-letters .total=${status?.workers.deadLetters} .now=${Date.now()}
          @open-letter=${(open) => this.#details.showLetter(open.detail)}
          @open-matching=${(open) => this.#details.showMatching(open.detail)}
          @open-group=${(open) => this.#details.showGroup(open.detail)}
          @open-operation=${(open) => this.#details.showOperation(open.detail)}></ts-dead-letters>
      </main>
      <ts-details .workers=${this.workers} .instances=${this.instances} @worker-changed=${this.#onWorker}></ts-details>`;
  }

  get #details() {
    return this.renderRoot.querySelector("ts-details");
  }

  #onWorker(changed) {
    this.workers = this.workers.map((worker) => (worker.name === changed.detail.name ? changed.detail : worker));
  }
}

customElements.define("ts-console", Console);
