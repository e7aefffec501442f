import { css } from "lit";

/** What every component shares. */
export const shared = css`
  :host {
    display: block;
  }
  * {
    box-sizing: border-box;
  }
  h1, h2, h3, p, dl, dd, ol, ul {
    margin: 0;
    padding: 0;
  }
  .mono {
    font-family: var(--mono);
    font-size: 12px;
  }
  .muted {
    color: var(--muted);
  }
  .clip {
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  button, input {
    font: inherit;
    color: inherit;
  }
  button {
    cursor: pointer;
  }
  :focus-visible {
    outline: 2px solid var(--accent);
    outline-offset: 1px;
  }
  .hidden-text {
    position: absolute;
    width: 1px;
    height: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
`;

/** The colours of states, and their shapes. */
export const tones = css`
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
`;

/** One of several things that an area can show. */
export const views = css`
  .views { display: flex; gap: 2px; }
  .views button {
    padding: 1px 8px;
    border: 1px solid transparent;
    border-radius: 5px;
    background: none;
    color: var(--muted);
    font-size: 12px;
    white-space: nowrap;
  }
  .views button[aria-pressed="true"] { border-color: var(--line); color: var(--text); background: var(--raised); }
`;

/** A titled area whose content scrolls inside it. */
export const panel = css`
  :host {
    display: grid;
    grid-template-rows: auto minmax(0, 1fr);
    min-height: 0;
    min-width: 0;
    background: var(--surface);
    border: 1px solid var(--line);
    border-radius: 8px;
    overflow: hidden;
  }
  .head {
    display: flex;
    align-items: center;
    gap: 10px;
    min-height: 42px;
    padding: 5px 14px;
    border-bottom: 1px solid var(--line);
  }
  h2 {
    font-size: 13px;
    font-weight: 600;
    margin-right: auto;
    white-space: nowrap;
  }
  .count {
    color: var(--muted);
    font-weight: 400;
    margin-left: 6px;
  }
  .body {
    position: relative; /* so that what is hidden in it does not widen the page */
    overflow: auto;
    scrollbar-width: thin;
    scrollbar-gutter: stable;
    min-height: 0;
  }
  .empty {
    padding: 22px 14px;
    color: var(--muted);
  }
  table {
    width: 100%;
    border-collapse: separate;
    border-spacing: 0;
    table-layout: fixed;
  }
  th {
    position: sticky;
    top: 0;
    z-index: 1;
    background: var(--surface);
    color: var(--muted);
    font-size: 11px;
    font-weight: 500;
    text-align: left;
    padding: 6px 8px;
    border-bottom: 1px solid var(--line);
    white-space: nowrap;
  }
  td {
    padding: 6px 8px;
    border-bottom: 1px solid var(--line);
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
    vertical-align: middle;
  }
  tr:last-child td {
    border-bottom: 0;
  }
  th:first-child, td:first-child {
    padding-left: 14px;
  }
  .number {
    text-align: right;
  }
  /* A row is opened by one button, which covers all of it. */
  tr.opens {
    position: relative;
  }
  tr.opens:hover td {
    background: var(--raised);
  }
  .open {
    all: unset;
    cursor: pointer;
  }
  .open::after {
    content: "";
    position: absolute;
    inset: 0;
  }
  .open:focus-visible::after {
    outline: 2px solid var(--accent);
    outline-offset: -2px;
  }
`;
