import { LitElement, css, html, nothing } from "lit";
import { postJson, postText, query } from "./api.js";
import { exact, simpleName } from "./format.js";
import { shared } from "./styles.js";
import "./operation.js";

const WORDS = {
  retry: { title: "Retry", now: "Retry now" },
  discard: { title: "Discard", now: "Discard now" },
  restore: { title: "Restore", now: "Restore now" },
};

/** What can be done about dead letters: first it says what would happen, then it happens and shows how far it is. */
class Mending extends LitElement {
  static properties = {
    selection: { attribute: false },
    kinds: { attribute: false },
    letter: { attribute: false },
    preview: { state: true },
    editing: { state: true },
    operationId: { state: true },
    problem: { state: true },
    busy: { state: true },
  };

  static styles = [shared, css`
    :host { margin-bottom: 16px; }
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
    .warn { color: var(--warn); overflow-wrap: anywhere; }
    label { display: grid; gap: 3px; color: var(--muted); }
    input, textarea {
      padding: 4px 8px;
      border: 1px solid var(--line);
      border-radius: 5px;
      background: var(--page);
      color: var(--text);
    }
    textarea { min-height: 260px; resize: vertical; font: 11.5px/1.5 var(--mono); }
  `];

  /** One for each preview, so that what is ordered twice is one operation. */
  #requestId;

  willUpdate(changed) {
    if (changed.has("selection")) {
      this.#reset();
      this.operationId = undefined;
    }
  }

  #reset() {
    this.preview = undefined;
    this.editing = undefined;
    this.problem = undefined;
    this.busy = false;
  }

  render() {
    return html`
      <div class="buttons">
        ${this.kinds.map((kind) => html`<button ?disabled=${this.busy} @click=${() => this.#tryOut(kind)}>${WORDS[kind].title}…</button>`)}
        ${this.letter ? html`<button ?disabled=${this.busy} @click=${this.#edit}>Edit…</button>` : nothing}
      </div>
      ${this.busy ? html`<p class="muted">One moment…</p>` : nothing}
      ${this.problem ? html`<p class="problem" role="alert">${this.problem}</p>` : nothing}
      ${this.preview ? this.#confirmation(this.preview) : nothing}
      ${this.editing === undefined ? nothing : this.#editor()}
      ${this.operationId ? html`<div class="box"><ts-operation .operationId=${this.operationId}></ts-operation></div>` : nothing}`;
  }

  #confirmation(preview) {
    const changed = preview.total - preview.skipped;
    return html`<div class="box" data-preview=${preview.kind}>
      <p>${WORDS[preview.kind].title} would change <b>${exact(changed)}</b> of ${exact(preview.total)} dead letters.</p>
      ${preview.groups.map((group) => html`<p class="muted">${exact(group.count)} × ${group.type ?? "unknown type"} of ${group.worker}</p>`)}
      ${preview.notes.map((note) => html`<p class="warn">Dead letter ${note.id} ${note.note}.</p>`)}
      ${preview.kind === "retry" && changed > 1 ? html`<p class="muted">In batches of ${[...preview.canary, "all others"].join(", ")}; it stops when ${preview.stopOnFailures === 1 ? "one fails" : `${exact(preview.stopOnFailures)} fail`} again.</p>` : nothing}
      <label>Reason, for the log<input id="reason" maxlength="1000" autocomplete="off"></label>
      <div class="buttons">
        <button class="go" ?disabled=${this.busy || changed === 0} @click=${() => this.#order(preview.kind)}>${WORDS[preview.kind].now}</button>
        <button @click=${this.#leave}>Back</button>
      </div>
    </div>`;
  }

  #editor() {
    return html`<div class="box" data-editor>
      <p class="muted">The corrected event is tried in the place of this one, with an id of its own. Subject and domain stay.</p>
      <label>Event<textarea id="event" spellcheck="false" .value=${this.editing}></textarea></label>
      <label>Reason, for the log<input id="reason" maxlength="1000" autocomplete="off"></label>
      <div class="buttons">
        <button class="go" ?disabled=${this.busy} @click=${this.#correct}>Try this instead</button>
        <button @click=${this.#leave}>Back</button>
      </div>
    </div>`;
  }

  get #reason() {
    return this.renderRoot.querySelector("#reason")?.value.trim() ?? "";
  }

  #tryOut = (kind) => this.#busily(async () => {
    this.editing = undefined;
    this.preview = undefined;
    this.preview = await postJson("/api/v1/operations", { kind, selection: this.selection, dryRun: true });
    this.#requestId = crypto.randomUUID();
  });

  #order = (kind) => this.#busily(async () => {
    const order = { kind, selection: this.selection, reason: this.#reason, requestId: this.#requestId };
    this.operationId = (await postJson("/api/v1/operations", order)).id;
    this.preview = undefined;
  });

  #edit = () => {
    this.#reset();
    const { event, eventId, rawText } = this.letter;
    this.editing = event ? JSON.stringify({ ...event, corrects: event.id }, null, 2) : unreadable(rawText, eventId);
  };

  #correct = () => this.#busily(async () => {
    const reason = query({ reason: this.#reason });
    const path = `/api/v1/dead-letters/${this.letter.id}/edit${reason ? `?${reason}` : ""}`;
    const event = this.renderRoot.querySelector("#event").value;
    this.operationId = (await postText(path, "application/cloudevents+json", event)).id;
    this.editing = undefined;
  });

  #leave = () => this.#reset();

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

/** What arrived, for somebody who can see what is wrong with it. */
const unreadable = (text, id) => text.replace(/^\s*\{/, `{"corrects":${JSON.stringify(id)},`);

/** What a failure is called in a heading. */
export const failureName = (failure) => (failure ? simpleName(failure.exception) : "Unknown cause");

customElements.define("ts-mending", Mending);
