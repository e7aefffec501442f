import { LitElement, css, html, nothing } from "lit";
import { getExactly } from "./api.js";
import { exact, moment, simpleName } from "./format.js";
import { shared } from "./styles.js";
import "./json-view.js";
import "./mending.js";
import "./operation.js";
import "./worker.js";

/** One event, worker, dead letter, many of them or operation in full, beside the screen. Esc closes it. */
class Details extends LitElement {
  static properties = {
    workers: { attribute: false },
    instances: { attribute: false },
    subject: { state: true },
    copied: { state: true },
  };

  static styles = [shared, css`
    dialog {
      width: min(720px, 100vw);
      height: 100vh;
      max-height: none;
      max-width: none;
      margin: 0 0 0 auto;
      padding: 0;
      border: 0;
      border-left: 1px solid var(--line);
      background: var(--surface);
      color: var(--text);
      overflow: hidden;
    }
    dialog[open] {
      display: grid;
      grid-template-rows: auto minmax(0, 1fr);
    }
    dialog::backdrop { background: rgb(0 0 0 / 0.35); }
    header {
      display: flex;
      align-items: flex-start;
      gap: 10px;
      padding: 14px 18px 12px;
      border-bottom: 1px solid var(--line);
    }
    h2 {
      font-size: 16px;
      font-weight: 600;
      overflow-wrap: anywhere;
    }
    header div { margin-right: auto; min-width: 0; }
    header button {
      padding: 3px 10px;
      border: 1px solid var(--line);
      border-radius: 5px;
      background: var(--surface);
      white-space: nowrap;
    }
    header button:hover { background: var(--raised); }
    .content {
      overflow: auto;
      padding: 14px 18px 28px;
    }
    dl {
      display: grid;
      grid-template-columns: 110px minmax(0, 1fr);
      gap: 4px 12px;
      margin-bottom: 16px;
    }
    dt { color: var(--muted); }
    dd { overflow-wrap: anywhere; }
    h3 {
      margin: 18px 0 8px;
      font-size: 13px;
      font-weight: 600;
    }
    .failure {
      padding: 9px 12px;
      margin-bottom: 8px;
      border: 1px solid var(--line);
      border-left: 3px solid var(--bad);
      border-radius: 6px;
    }
    .failure p { overflow-wrap: anywhere; }
    .cause { color: var(--bad); font-weight: 500; }
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
    .problem { color: var(--bad); }
  `];

  constructor() {
    super();
    this.subject = undefined;
    this.copied = false;
  }

  get #dialog() {
    return this.renderRoot.querySelector("dialog");
  }

  async showEvent({ position, event }) {
    await this.#show({ title: event.type, about: `Event at position ${position}`, event, position });
  }

  async showWorker({ name, group }) {
    await this.#show({ title: name, about: `Worker of the group ${group}`, worker: name });
  }

  async showGroup(group) {
    const { worker, type, cause } = group;
    const selection = Object.fromEntries(Object.entries({ worker, type, cause }).filter(([, value]) => value));
    await this.#show({ title: type ?? "Unknown type", about: `Dead letters of ${worker} with one cause`, group, selection });
  }

  async showMatching({ kinds, selection }) {
    const which = kinds.includes("restore") ? "discarded dead letters" : "dead letters";
    await this.#show({
      title: selection.all ? `All ${which}` : `All ${which} that match`,
      about: Object.entries(selection).map(([name, value]) => (value === true ? "" : `${name} ${value}`)).join(", "),
      kinds,
      selection,
    });
  }

  async showOperation(operation) {
    await this.#show({
      title: `${operation.kind} by ${operation.actor}`,
      about: operation.reason || `Ordered ${moment(operation.createdAt)}`,
      operation,
    });
  }

  async showLetter(letter) {
    await this.#show({
      title: letter.type ?? "Unknown type",
      about: `Dead letter ${letter.id} of ${letter.worker}`,
      selection: { ids: [letter.id] },
      letter,
    });
    try {
      const details = await getExactly(`/api/v1/dead-letters/${letter.id}`);
      if (this.subject?.letter?.id === letter.id) {
        this.subject = { ...this.subject, letter: details, event: details.event };
      }
    } catch (problem) {
      this.subject = { ...this.subject, problem: problem.message };
    }
  }

  async #show(subject) {
    this.subject = subject;
    this.copied = false;
    await this.updateComplete;
    if (!this.#dialog.open) {
      this.#dialog.showModal();
    }
    this.renderRoot.querySelector(".content").scrollTop = 0;
  }

  render() {
    const subject = this.subject;
    return html`<dialog aria-labelledby="title" @click=${this.#closeOutside} @close=${() => (this.subject = undefined)}>
      ${subject ? html`
        <header>
          <div>
            <h2 id="title">${subject.title}</h2>
            <p class="muted">${subject.about}</p>
          </div>
          ${subject.event ? html`<button @click=${this.#copy}>${this.copied ? "Copied" : "Copy JSON"}</button>` : nothing}
          <button @click=${() => this.#dialog.close()}>Close</button>
        </header>
        <div class="content">
          ${subject.problem ? html`<p class="problem" role="alert">${subject.problem}</p>` : nothing}
          ${subject.worker ? html`<ts-worker .worker=${this.workers?.find(({ name }) => name === subject.worker)} .instances=${this.instances}></ts-worker>` : nothing}
          ${subject.letter ? this.#letter(subject) : nothing}
          ${subject.group ? this.#group(subject) : nothing}
          ${subject.kinds ? html`<ts-mending .selection=${subject.selection} .kinds=${subject.kinds}></ts-mending>` : nothing}
          ${subject.operation ? html`<ts-operation .operationId=${subject.operation.id}></ts-operation>` : nothing}
          ${subject.event ? this.#event(subject) : nothing}
        </div>` : nothing}
    </dialog>`;
  }

  #event({ event, letter }) {
    return html`
      ${letter ? nothing : html`<dl>
        ${this.#fact("Subject", event.subject)}
        ${this.#fact("Happened", moment(event.time))}
        ${this.#fact("Source", event.source)}
        ${this.#fact("Id", event.id, true)}
        ${this.#fact("Correlation", event.correlationid, true)}
        ${this.#fact("Caused by", event.causationid, true)}
      </dl>`}
      <h3>Event</h3>
      <ts-json .value=${event}></ts-json>`;
  }

  #group({ group, selection }) {
    return html`
      <ts-mending .selection=${selection} .kinds=${["retry", "discard"]}></ts-mending>
      <dl>
        ${this.#fact("Dead letters", exact(group.count))}
        ${this.#fact("Worker", group.worker)}
        ${this.#fact("First", moment(group.firstAt))}
        ${this.#fact("Last", moment(group.lastAt))}
        ${this.#fact("Cause", group.cause || "unknown", true)}
        ${this.#fact("Example", String(group.example))}
      </dl>
      ${group.failure ? html`<div class="failure">
        <p class="muted">${moment(group.failure.at)}</p>
        <p><span class="cause">${simpleName(group.failure.exception)}</span> ${group.failure.message}</p>
      </div>` : nothing}`;
  }

  #letter({ letter, selection }) {
    const kinds = letter.state === "DISCARDED" ? ["restore"] : ["retry", "discard"];
    const editable = letter.failures && letter.state !== "DISCARDED" ? { ...letter, rawText: letter.rawBase64 ? decoded(letter.rawBase64) : "" } : undefined;
    return html`
      <ts-mending .selection=${selection} .kinds=${kinds} .letter=${editable}></ts-mending>
      <dl>
        ${this.#fact("Subject", letter.subject ?? "unknown")}
        ${this.#fact("State", LETTER_STATES[letter.state])}
        ${this.#fact("Attempts", String(letter.attempts))}
        ${this.#fact("Since", moment(letter.parkedAt))}
        ${this.#fact("Group", letter.group)}
        ${letter.replayedBy ? this.#fact("Replayed by", letter.replayedBy, true) : nothing}
        ${this.#fact("Event id", letter.eventId, true)}
      </dl>
      <h3>What went wrong</h3>
      ${(letter.failures ?? (letter.lastFailure ? [letter.lastFailure] : [])).toReversed().map((failure) => html`<div class="failure">
        <p class="muted">${failure.attempt > 0 ? `Attempt ${failure.attempt}, ` : ""}${moment(failure.at)}</p>
        <p><span class="cause">${simpleName(failure.exception)}</span> ${failure.message}</p>
        ${failure.stackTrace ? html`<details><summary>Stack trace</summary><pre tabindex="0">${failure.stackTrace}</pre></details>` : nothing}
      </div>`)}
      ${letter.rawBase64 ? html`<h3>Bytes as they arrived, ${letter.contentType}</h3><pre tabindex="0">${decoded(letter.rawBase64)}</pre>` : nothing}`;
  }

  #fact(name, value, mono = false) {
    return value === undefined ? nothing : html`<dt>${name}</dt><dd class=${mono ? "mono" : nothing}>${value}</dd>`;
  }

  #copy = async () => {
    await navigator.clipboard.writeText(JSON.stringify(this.subject.event, null, 2));
    this.copied = true;
  };

  #closeOutside(click) {
    if (click.target === this.#dialog) {
      this.#dialog.close();
    }
  }
}

const LETTER_STATES = {
  DEAD: "given up",
  QUARANTINED: "quarantined: it could not be read",
  DISCARDED: "discarded",
};

/** Bytes as text; what is no text shows as replacement characters. */
function decoded(base64) {
  const bytes = Uint8Array.from(atob(base64), (character) => character.codePointAt(0));
  return new TextDecoder().decode(bytes);
}

customElements.define("ts-details", Details);
