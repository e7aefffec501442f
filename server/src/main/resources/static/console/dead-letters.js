import { LitElement, css, html } from "lit";
import { repeat } from "lit/directives/repeat.js";
import { get } from "./api.js";
import { ago, exact, moment, simpleName } from "./format.js";
import { failureName } from "./mending.js";
import { OPERATION_STATES } from "./operation.js";
import { panel, shared, views } from "./styles.js";

const VIEWS = { newest: "Newest", causes: "By cause", discarded: "Discarded", operations: "Log" };
const SHOWN = 50;

/** What was given up: newest first, or by cause, and what operators did about it. */
class DeadLetters extends LitElement {
  static properties = {
    letters: { attribute: false },
    total: { type: Number },
    now: { type: Number },
    view: { state: true },
    groups: { state: true },
    discarded: { state: true },
    operations: { state: true },
    problem: { state: true },
  };

  static styles = [shared, panel, views, css`
    .body li {
      position: relative;
      list-style: none;
      padding: 7px 14px 8px;
      border-bottom: 1px solid var(--line);
    }
    li:last-child { border-bottom: 0; }
    li:hover { background: var(--raised); }
    .line {
      display: flex;
      gap: 10px;
      align-items: baseline;
      min-width: 0;
    }
    .line .clip { min-width: 0; }
    .type { font-weight: 500; }
    .when { margin-left: auto; white-space: nowrap; font-size: 12px; }
    .cause { color: var(--bad); }
    .quarantined {
      font-size: 11px;
      padding: 0 5px;
      border: 1px solid currentColor;
      border-radius: 4px;
      color: var(--warn);
    }
    .total { color: var(--bad); }
    .number { font-weight: 600; color: var(--bad); }
    .good { color: var(--good); }
    .warn { color: var(--warn); }
    .bad, .problem { color: var(--bad); }
  `];

  constructor() {
    super();
    this.total = 0;
    this.now = Date.now();
    this.view = "newest";
  }

  /** Whoever shows this renders it once a second, so it asks as often. */
  updated(changed) {
    if (this.view === "causes" && (changed.has("view") || changed.has("total"))) {
      this.#load(async () => (this.groups = (await get(`/api/v1/dead-letters/groups?limit=${SHOWN}`)).groups));
    }
    if (this.view === "discarded" && (changed.has("view") || changed.has("now"))) {
      this.#load(async () => (this.discarded = (await get(`/api/v1/dead-letters?state=discarded&limit=${SHOWN}`)).deadLetters));
    }
    if (this.view === "operations" && (changed.has("view") || changed.has("now"))) {
      this.#load(async () => (this.operations = (await get(`/api/v1/operations?limit=${SHOWN}`)).operations));
    }
  }

  async #load(work) {
    try {
      await work();
      this.problem = undefined;
    } catch (problem) {
      this.problem = problem.message;
    }
  }

  render() {
    const letters = this.letters;
    return html`
      <div class="head">
        <h2>Dead letters<span class="count ${this.total > 0 ? "total" : ""}">${letters ? exact(this.total) : ""}</span></h2>
        ${this.view === "newest" && letters && this.total > letters.length ? html`<span class="muted">newest ${letters.length}</span>` : ""}
        <div class="views" role="group" aria-label="View of dead letters">
          ${Object.entries(VIEWS).map(([view, word]) => html`<button aria-pressed=${this.view === view} @click=${() => (this.view = view)}>${word}</button>`)}
        </div>
      </div>
      <div class="body">
        ${this.problem ? html`<p class="empty problem" role="alert">${this.problem}</p>` : ""}
        ${this.#content()}
      </div>`;
  }

  #content() {
    switch (this.view) {
      case "causes": return this.#causes();
      case "discarded": return this.#letters(this.discarded, "None. A dead letter that is discarded is kept here and can be restored.");
      case "operations": return this.#log();
      default: return this.#letters(this.letters, "None. An event comes here when its worker has given it up.");
    }
  }

  #letters(letters, none) {
    return letters?.length === 0
      ? html`<p class="empty">${none}</p>`
      : html`<ol>${repeat(letters ?? [], (letter) => letter.id, (letter) => this.#item(letter))}</ol>`;
  }

  #causes() {
    return this.groups?.length === 0
      ? html`<p class="empty">None. Events with the same worker, type and cause stand together here.</p>`
      : html`<ol>${(this.groups ?? []).map((group) => html`<li data-group=${group.cause}>
          <div class="line">
            <button class="open clip type" @click=${() => this.#tell("open-group", group)}
              aria-label="Show ${exact(group.count)} dead letters of ${group.worker}"><span class="number">${exact(group.count)}</span> × ${group.type ?? "Unknown type"}</button>
            <span class="when muted" title="${moment(group.firstAt)} to ${moment(group.lastAt)}">${ago(group.lastAt, this.now)}</span>
          </div>
          <div class="line"><span class="clip muted">${group.worker} · cause ${group.cause || "unknown"}</span></div>
          <div class="line"><span class="clip"><span class="cause">${failureName(group.failure)}</span> ${group.failure?.message ?? ""}</span></div>
        </li>`)}</ol>`;
  }

  #log() {
    return this.operations?.length === 0
      ? html`<p class="empty">Nobody has retried, discarded, restored or edited anything yet.</p>`
      : html`<ol>${repeat(this.operations ?? [], (operation) => operation.id, (operation) => this.#operation(operation))}</ol>`;
  }

  #operation(operation) {
    const { total, succeeded, failed, skipped } = operation.progress;
    const state = OPERATION_STATES[operation.state];
    return html`<li data-log=${operation.id}>
      <div class="line">
        <button class="open clip type" @click=${() => this.#tell("open-operation", operation)}
          aria-label="Show ${operation.kind} by ${operation.actor}">${operation.kind} of ${exact(total)}</button>
        <span class=${state.tone}>${state.word}</span>
        <span class="when muted" title=${moment(operation.createdAt)}>${ago(operation.createdAt, this.now)}</span>
      </div>
      <div class="line"><span class="clip muted">${operation.actor}${operation.reason ? ` · ${operation.reason}` : ""} · ${exact(succeeded)} done, ${exact(failed)} failed, ${exact(skipped)} skipped</span></div>
    </li>`;
  }

  #item(letter) {
    const failure = letter.lastFailure;
    return html`<li data-letter=${letter.id}>
      <div class="line">
        <button class="open clip type" @click=${() => this.#open(letter)}
          aria-label="Show dead letter ${letter.id}, ${letter.type ?? "of unknown type"}">${letter.type ?? "Unknown type"}</button>
        ${letter.state === "QUARANTINED" ? html`<span class="quarantined">quarantined</span>` : ""}
        <span class="when muted" title=${moment(letter.parkedAt)}>${ago(letter.parkedAt, this.now)}</span>
      </div>
      <div class="line">
        <span class="clip muted">${letter.subject ?? "unknown subject"} · ${letter.worker} · ${letter.attempts === 1 ? "1 attempt" : `${letter.attempts} attempts`}</span>
      </div>
      ${failure
        ? html`<div class="line"><span class="clip"><span class="cause">${simpleName(failure.exception)}</span> ${failure.message}</span></div>`
        : ""}
    </li>`;
  }

  #open(letter) {
    this.#tell("open-letter", letter);
  }

  #tell(what, detail) {
    this.dispatchEvent(new CustomEvent(what, { detail }));
  }
}

customElements.define("ts-dead-letters", DeadLetters);
