import { LitElement, css, html, nothing } from "lit";
import { repeat } from "lit/directives/repeat.js";
import { get, query } from "./api.js";
import { ago, exact, moment, simpleName } from "./format.js";
import { failureName } from "./mending.js";
import { OPERATION_STATES } from "./operation.js";
import { panel, shared, views } from "./styles.js";

/** What can be shown: where it is read, and as which part of the answer. */
const VIEWS = {
  newest: { word: "Newest", path: "dead-letters", list: "deadLetters", kinds: ["retry", "discard"] },
  causes: { word: "By cause", path: "dead-letters/groups", list: "groups", kinds: ["retry", "discard"] },
  discarded: { word: "Discarded", path: "dead-letters", list: "deadLetters", kinds: ["restore"], state: "discarded" },
  operations: { word: "Log", path: "operations", list: "operations" },
};

const FILTERS = {
  worker: { hint: "Worker", label: "Worker of dead letters" },
  type: { hint: "Type: Risk.*", label: "Type of dead letters" },
  subject: { hint: "Subject", label: "Subject of dead letters" },
  text: { hint: "Message", label: "Text in the error message" },
};

const SHOWN = 50;
const SETTLE_MILLIS = 250;

/** As many may have come as have gone. */
const FRESH_MILLIS = 5_000;

/**
 * What was given up: page by page, or by cause, and what operators did about it. A page begins behind the last one of
 * the page before, so that it stands still while others come.
 */
class DeadLetters extends LitElement {
  static properties = {
    total: { type: Number },
    now: { type: Number },
    view: { state: true },
    filter: { state: true },
    pages: { state: true },
    page: { state: true },
    problem: { state: true },
  };

  static styles = [shared, panel, views, css`
    :host {
      display: flex;
      flex-direction: column;
    }
    .body { flex: 1 1 auto; }
    .filters, .foot {
      display: flex;
      gap: 6px;
      align-items: center;
      padding: 5px 14px;
      border-bottom: 1px solid var(--line);
      font-size: 12px;
    }
    .foot {
      border-bottom: 0;
      border-top: 1px solid var(--line);
    }
    .foot span { margin-right: auto; }
    .foot button {
      padding: 1px 10px;
      border: 1px solid var(--line);
      border-radius: 5px;
      background: none;
    }
    .foot button:hover { background: var(--raised); }
    .foot button:disabled { opacity: 0.5; cursor: default; }
    input {
      flex: 1 1 0;
      min-width: 0;
      padding: 3px 8px;
      border: 1px solid var(--line);
      border-radius: 5px;
      background: var(--page);
    }
    input::placeholder { color: var(--muted); opacity: 1; }
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

  #settle;
  #typed = {};
  #asked = 0;
  #askedAt = 0;

  constructor() {
    super();
    this.now = Date.now();
    this.filter = {};
    this.#show("newest");
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    clearTimeout(this.#settle);
  }

  /** Shows a view from its first page on. */
  #show(view) {
    this.view = view;
    this.pages = [undefined];
  }

  /** Whoever shows this renders it once a second. */
  updated(changed) {
    const isOther = ["view", "filter", "pages", "total"].some((what) => changed.has(what));
    if (isOther || Date.now() - this.#askedAt > FRESH_MILLIS) {
      this.#ask();
    }
  }

  async #ask() {
    const asked = ++this.#asked;
    this.#askedAt = Date.now();
    const { view, pages } = this;
    const { path, list, state } = VIEWS[view];
    const filter = this.#hasFilter() ? this.filter : {};
    let page;
    let problem;
    try {
      const answer = await get(`/api/v1/${path}?${query({ ...filter, state, before: pages.at(-1), limit: SHOWN })}`);
      page = { view, items: answer[list], next: answer.next };
    } catch (failure) {
      page = failure.status === 400 ? { view, items: [] } : this.page;
      problem = failure.message;
    }
    if (asked !== this.#asked) {
      return;
    }
    this.page = page;
    this.problem = problem;
    if (!problem && page.items.length === 0 && pages.length > 1) {
      this.pages = pages.slice(0, -1); // all of it has been mended
    }
  }

  #hasFilter() {
    return this.view !== "operations";
  }

  render() {
    return html`
      <div class="head">
        <h2>Dead letters<span class="count ${this.total > 0 ? "total" : ""}">${this.total === undefined ? "" : exact(this.total)}</span></h2>
        <div class="views" role="group" aria-label="View of dead letters">
          ${Object.entries(VIEWS).map(([view, { word }]) => html`<button aria-pressed=${this.view === view} @click=${() => this.#show(view)}>${word}</button>`)}
        </div>
      </div>
      ${this.#hasFilter() ? this.#filters() : nothing}
      <div class="body">
        ${this.problem ? html`<p class="empty problem" role="alert">${this.problem}</p>` : ""}
        ${this.page?.view === this.view ? this.#content(this.page.items) : nothing}
      </div>
      ${this.page?.view === this.view ? this.#foot(this.page) : nothing}`;
  }

  #filters() {
    return html`<div class="filters" role="search" aria-label="Filter of dead letters">
      ${Object.entries(FILTERS).map(([name, { hint, label }]) => html`<input type="text" placeholder=${hint} aria-label=${label}
        autocomplete="off" spellcheck="false" .value=${this.#typed[name] ?? ""} @input=${(input) => this.#onFilter(name, input.target.value)}>`)}
    </div>`;
  }

  #onFilter(name, value) {
    this.#typed = { ...this.#typed, [name]: value };
    clearTimeout(this.#settle);
    this.#settle = setTimeout(() => {
      this.filter = this.#given();
      this.#show(this.view);
    }, SETTLE_MILLIS);
  }

  /** The parts of the filter that say something. */
  #given() {
    return Object.fromEntries(Object.entries(this.#typed).map(([name, value]) => [name, value.trim()]).filter(([, value]) => value));
  }

  #foot({ items, next }) {
    const { kinds } = VIEWS[this.view];
    const hasPages = this.pages.length > 1 || next;
    if (!hasPages && (items.length === 0 || !kinds)) {
      return nothing;
    }
    return html`<div class="foot">
      <span class="muted">${hasPages ? `Page ${exact(this.pages.length)}` : ""}</span>
      ${hasPages ? html`
        <button ?disabled=${this.pages.length === 1} @click=${() => (this.pages = this.pages.slice(0, -1))}>Newer</button>
        <button ?disabled=${!next} @click=${() => (this.pages = [...this.pages, next])}>Older</button>` : nothing}
      ${kinds && items.length > 0 ? html`<button @click=${() => this.#mend(kinds)}>${this.#isFiltered() ? "Mend all that match…" : "Mend all…"}</button>` : nothing}
    </div>`;
  }

  #isFiltered() {
    return Object.keys(this.filter).length > 0;
  }

  #mend(kinds) {
    this.#tell("open-matching", { kinds, selection: this.#isFiltered() ? this.filter : { all: true } });
  }

  #content(items) {
    switch (this.view) {
      case "causes": return this.#causes(items);
      case "discarded": return this.#letters(items, "None. A dead letter that is discarded is kept here and can be restored.");
      case "operations": return this.#log(items);
      default: return this.#letters(items, "None. An event comes here when its worker has given it up.");
    }
  }

  #none(text) {
    return html`<p class="empty">${this.#hasFilter() && this.#isFiltered() ? "None that match." : text}</p>`;
  }

  #letters(letters, none) {
    return letters.length === 0
      ? this.#none(none)
      : html`<ol>${repeat(letters, (letter) => letter.id, (letter) => this.#item(letter))}</ol>`;
  }

  #causes(groups) {
    return groups.length === 0
      ? this.#none("None. Events with the same worker, type and cause stand together here.")
      : html`<ol>${groups.map((group) => html`<li data-group=${group.cause}>
          <div class="line">
            <button class="open clip type" @click=${() => this.#tell("open-group", group)}
              aria-label="Show ${exact(group.count)} dead letters of ${group.worker}"><span class="number">${exact(group.count)}</span> × ${group.type ?? "Unknown type"}</button>
            <span class="when muted" title="${moment(group.firstAt)} to ${moment(group.lastAt)}">${ago(group.lastAt, this.now)}</span>
          </div>
          <div class="line"><span class="clip muted">${group.worker} · cause ${group.cause || "unknown"}</span></div>
          <div class="line"><span class="clip"><span class="cause">${failureName(group.failure)}</span> ${group.failure?.message ?? ""}</span></div>
        </li>`)}</ol>`;
  }

  #log(operations) {
    return operations.length === 0
      ? this.#none("Nobody has retried, discarded, restored or edited anything yet.")
      : html`<ol>${repeat(operations, (operation) => operation.id, (operation) => this.#operation(operation))}</ol>`;
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
