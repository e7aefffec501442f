import { LitElement, css, html } from "lit";
import { repeat } from "lit/directives/repeat.js";
import { get, getExactly, parseExactly, query, tail } from "./api.js";
import { count, exact, moment, when } from "./format.js";
import { panel, shared } from "./styles.js";

const SHOWN = 200;
const EVENTS_PER_SECOND = 40;
const SETTLE_MILLIS = 250;
/** More than this at once need no highlight: everything is new. */
const FEW = 3;

/**
 * The latest events as they are stored. While the pointer or the focus is on the list it stands still, because nobody
 * hits a row that moves.
 */
class Events extends LitElement {
  static properties = {
    types: { attribute: false },
    entries: { state: true },
    waiting: { state: true },
    problem: { state: true },
    skipping: { state: true },
    unreadable: { state: true },
  };

  static styles = [shared, panel, css`
    .filters {
      display: flex;
      gap: 8px;
      min-width: 0;
    }
    input {
      width: 215px;
      min-width: 60px;
      padding: 3px 8px;
      border: 1px solid var(--line);
      border-radius: 5px;
      background: var(--page);
      font-size: 12px;
    }
    input::placeholder { color: var(--muted); opacity: 1; }
    input[aria-invalid="true"] { border-color: var(--bad); }
    .subject-filter { width: 140px; }
    .hint {
      display: flex;
      align-items: center;
      gap: 6px;
      color: var(--muted);
      font-size: 12px;
      white-space: nowrap;
      overflow: hidden;
      text-overflow: ellipsis;
    }
    .hint.bad { color: var(--bad); white-space: normal; }
    .position { width: 82px; }
    .time { width: 136px; }
    .type { width: 46%; }
    td.position, td.time { color: var(--muted); }
    .domain { color: var(--muted); }
    .version { color: var(--muted); }
    tr.new td { animation: arrive 1.6s ease-out; }
    @keyframes arrive {
      from { background: var(--new); }
    }
    @media (prefers-reduced-motion: reduce) {
      tr.new td { animation: none; }
    }
    @media (max-width: 640px) {
      .head { flex-wrap: wrap; }
      .filters { width: 100%; }
      input, .subject-filter { flex: 1; width: auto; }
      .position { display: none; }
    }
  `];

  #end = () => {};
  #arrived = [];
  #flush;
  #settle;
  #held = false;
  #generation = 0;
  #filter = { type: "", subject: "" };
  #shown = ""; // the filter of what is shown

  constructor() {
    super();
    this.types = [];
    this.entries = undefined;
    this.waiting = 0;
    this.problem = undefined;
    this.skipping = false;
    this.unreadable = [];
  }

  connectedCallback() {
    super.connectedCallback();
    document.addEventListener("visibilitychange", this.#follow);
    this.#follow();
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    document.removeEventListener("visibilitychange", this.#follow);
    this.#stop();
  }

  #stop() {
    this.#generation++;
    this.#end();
    clearTimeout(this.#settle);
    clearTimeout(this.#flush);
    this.#flush = undefined;
    this.#arrived = [];
    this.waiting = 0;
    this.skipping = false;
  }

  /** Loads the newest events and follows from there; a hidden page follows nothing. */
  #follow = async () => {
    this.#stop();
    if (document.visibilityState !== "visible") {
      return;
    }
    const generation = this.#generation;
    const filter = { ...this.#filter };
    try {
      const status = await get("/api/v1/status"); // before the search, so that nothing is stored between the two
      const page = await getExactly(`/api/v1/events?${query({ ...filter, limit: 100 })}`);
      if (generation !== this.#generation) {
        return;
      }
      this.problem = undefined;
      this.#shown = query(filter);
      this.entries = page.events.map(({ position, event }) => ({ position, event }));
      this.unreadable = page.unreadable ?? [];
      const newest = [this.entries[0]?.position, ...this.unreadable.map((each) => each.lastPosition)].filter(Boolean);
      const after = newest.length > 0 ? Math.max(...newest) : status.store.head;
      this.#end = tail({ ...filter, after, rate: EVENTS_PER_SECOND }, {
        onEvent: this.#take,
        onSkipped: () => (this.skipping = true),
        onUnreadable: (found) => (this.unreadable = [found, ...this.unreadable].slice(0, SHOWN)),
        onProblem: (problem) => (this.problem = problem),
      });
    } catch (problem) {
      if (generation === this.#generation) {
        this.problem = problem;
        if (this.#shown !== query(filter)) { // nothing of another filter under this one
          this.entries = [];
          this.unreadable = [];
        }
        if (problem.status !== 400) {
          this.#settle = setTimeout(this.#follow, 2_000);
        }
      }
    }
  };

  #take = ({ position, text }) => {
    this.#arrived.unshift({ position, event: parseExactly(text) });
    this.#arrived.length = Math.min(this.#arrived.length, SHOWN);
    this.#flush ??= setTimeout(this.#show, 100);
  };

  #show = () => {
    this.#flush = undefined;
    if (this.#held) {
      this.waiting = this.#arrived.length;
      return;
    }
    const few = this.#arrived.length <= FEW;
    this.#arrived.forEach((entry) => (entry.fresh = few));
    this.entries = [...this.#arrived, ...(this.entries ?? [])].slice(0, SHOWN);
    this.#arrived = [];
    this.waiting = 0;
    this.skipping = false;
  };

  #hold(held) {
    this.#held = held;
    if (!held) {
      this.#show();
    }
  }

  #onFilter(name, value) {
    this.#filter = { ...this.#filter, [name]: value.trim() };
    clearTimeout(this.#settle);
    this.#settle = setTimeout(this.#follow, SETTLE_MILLIS);
  }

  render() {
    return html`
      <div class="head">
        <h2>Latest events</h2>
        ${this.#hint()}
        <div class="filters" role="search" aria-label="Filter of events">
          <input class="type-filter" type="text" list="types" placeholder="Type, for example Trading.*" aria-label="Type or pattern"
            autocomplete="off" spellcheck="false" aria-invalid=${this.problem?.status === 400 ? "true" : "false"}
            @input=${(input) => this.#onFilter("type", input.target.value)}>
          <input class="subject-filter" type="text" placeholder="Subject" aria-label="Subject" autocomplete="off" spellcheck="false"
            @input=${(input) => this.#onFilter("subject", input.target.value)}>
          <datalist id="types">${this.types.map((type) => html`<option value=${type}></option>`)}</datalist>
        </div>
      </div>
      <div class="body" @mouseenter=${() => this.#hold(true)} @mouseleave=${() => this.#hold(false)}
        @focusin=${() => this.#hold(true)} @focusout=${() => this.#hold(false)}>
        ${this.entries?.length === 0
          ? html`<p class="empty">${this.problem ? "Nothing to show." : this.#filter.type || this.#filter.subject
              ? "No event matches the filter yet." : "No event has been published yet."}</p>`
          : html`<table>
              <thead>
                <tr>
                  <th class="position number" scope="col">Position</th>
                  <th class="time" scope="col">Time</th>
                  <th class="type" scope="col">Type</th>
                  <th scope="col">Subject</th>
                </tr>
              </thead>
              <tbody>${repeat(this.entries ?? [], (entry) => entry.position, (entry) => this.#row(entry))}</tbody>
            </table>`}
      </div>`;
  }

  #hint() {
    if (this.problem) {
      return html`<span class="hint bad" role="alert">${this.problem.message}</span>`;
    }
    const text = this.waiting > 0 ? `${this.waiting === SHOWN ? `${SHOWN} or more` : count(this.waiting)} newer, held while you look`
      : this.skipping ? "too many to show each"
      : "";
    if (this.unreadable.length > 0 && !text) {
      const latest = this.unreadable[0];
      return html`<span class="hint bad unreadable" role="status" title=${latest.reason}>${this.unreadable.length === 1
        ? `Position ${latest.position} cannot be decoded`
        : `${count(this.unreadable.length)} events cannot be decoded, the latest at position ${latest.position}`}</span>`;
    }
    return html`<span class="hint">${text}</span>`;
  }

  #row({ position, event, fresh }) {
    const segments = event.type.split(".");
    return html`<tr class="opens ${fresh ? "new" : ""}" data-event=${event.id}>
      <td class="position number mono" title=${exact(position)}>${position}</td>
      <td class="time mono" title=${moment(event.time)}>${when(event.time)}</td>
      <td class="type"><button class="open" @click=${() => this.#open(position, event)}
        aria-label="Show ${event.type} of ${event.subject}"><span class="domain">${segments[0]}.</span>${segments.slice(1, -1).join(".")}<span class="version">.${segments.at(-1)}</span></button></td>
      <td title=${event.subject}>${event.subject}</td>
    </tr>`;
  }

  #open(position, event) {
    this.dispatchEvent(new CustomEvent("open-event", { detail: { position, event } }));
  }
}

customElements.define("ts-events", Events);
