/**
 * The style of the element. The form has the colours of the page around it; the result has its own background, so that it
 * is readable on any page.
 */
export const STYLE = `
:host {
  --accent: var(--hyperstack-accent, #3949b8);
  --on-accent: var(--hyperstack-on-accent, #fff);
  --surface: var(--hyperstack-surface, #fff);
  --text: var(--hyperstack-text, #1a2130);
  --muted: var(--hyperstack-muted, #545f73);
  --line: var(--hyperstack-line, #7a8498);
  --error: var(--hyperstack-error, #a81c1c);
  --verified: var(--hyperstack-verified, #0d6b3c);
  --caution: var(--hyperstack-caution, #865000);
  --alarm: var(--hyperstack-alarm, #a81c1c);
  --neutral: var(--hyperstack-neutral, #40526b);
  --radius: var(--hyperstack-radius, 9px);
  --gap: var(--hyperstack-gap, 1rem);
  display: block;
  font-family: var(--hyperstack-font, inherit);
  line-height: 1.5;
  overflow-wrap: anywhere;
}
/* Inherited properties of a page that could hide or garble a verdict. */
.frame {
  letter-spacing: normal;
  text-align: start;
  text-indent: 0;
  text-transform: none;
  white-space: normal;
  word-spacing: normal;
}
@supports (color: light-dark(#000, #fff)) {
  :host {
    --accent: var(--hyperstack-accent, light-dark(#3949b8, #a9b5ff));
    --on-accent: var(--hyperstack-on-accent, light-dark(#fff, #10142a));
    --surface: var(--hyperstack-surface, light-dark(#fff, #191f2a));
    --text: var(--hyperstack-text, light-dark(#1a2130, #e9edf4));
    --muted: var(--hyperstack-muted, light-dark(#545f73, #a9b3c5));
    --line: var(--hyperstack-line, light-dark(#7a8498, #7e8aa1));
    --error: var(--hyperstack-error, light-dark(#a81c1c, #ff9f97));
    --verified: var(--hyperstack-verified, light-dark(#0d6b3c, #74dba0));
    --caution: var(--hyperstack-caution, light-dark(#865000, #f3c26a));
    --alarm: var(--hyperstack-alarm, light-dark(#a81c1c, #ff9f97));
    --neutral: var(--hyperstack-neutral, light-dark(#40526b, #b1c1d8));
  }
}
:host([hidden]), [hidden] { display: none !important; }
*, ::before, ::after { box-sizing: border-box; }
p, dl, dd, h1, h2, h3, h4, h5, h6 { margin: 0; }
.frame, form, .card, .explanations { display: grid; gap: var(--gap); grid-template-columns: minmax(0, 1fr); }
form { gap: calc(var(--gap) / 2); }
label { font-weight: 650; }
input {
  inline-size: 100%;
  min-block-size: 44px;
  padding: 0.5rem 0.75rem;
  background: var(--surface);
  color: var(--text);
  border: 1.5px solid var(--line);
  border-radius: var(--radius);
  font: inherit;
}
input[aria-invalid="true"] { border: 2px solid var(--error); }
.error {
  padding: 0.25rem 0.75rem;
  background: var(--surface);
  color: var(--error);
  border-inline-start: 4px solid;
  font-weight: 600;
}
.actions { display: flex; flex-wrap: wrap; gap: 0.5rem; align-items: center; }
button {
  min-block-size: 44px;
  padding: 0.45rem 1rem;
  background: var(--surface);
  color: var(--text);
  border: 1.5px solid var(--line);
  border-radius: var(--radius);
  font: inherit;
  font-weight: 600;
  cursor: pointer;
}
.main { background: var(--accent); color: var(--on-accent); border-color: var(--accent); }
button[aria-disabled="true"] { background: var(--surface); color: var(--muted); border-color: var(--line); cursor: default; }
.more { min-block-size: 24px; padding: 0 0.3rem; font-size: 0.9em; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.status { position: absolute; inline-size: 1px; block-size: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.card {
  --tone: var(--neutral);
  padding: var(--gap);
  background: var(--surface);
  color: var(--text);
  border: 2px solid var(--tone);
  border-inline-start-width: 8px;
  border-radius: var(--radius);
}
.card[data-tone="verified"] { --tone: var(--verified); }
.card[data-tone="caution"] { --tone: var(--caution); }
.card[data-tone="alarm"] { --tone: var(--alarm); }
.head { display: flex; gap: 0.6rem; align-items: center; color: var(--tone); }
.icon { flex: none; inline-size: 1.75rem; block-size: 1.75rem; fill: none; stroke: currentColor; stroke-width: 2; stroke-linecap: round; stroke-linejoin: round; }
.verdict { font-size: 1.3rem; line-height: 1.25; }
.subject { font-size: 1.1em; }
.suggestion { display: grid; gap: calc(var(--gap) / 2); justify-items: start; }
summary { min-block-size: 32px; color: var(--accent); font-weight: 650; cursor: pointer; }
details > * + * { margin-block-start: calc(var(--gap) / 2); }
.facts { display: grid; gap: 0.5rem; }
.facts > div { display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 2fr); gap: 0 var(--gap); }
dt, .muted { color: var(--muted); }
.line { display: block; }
bdi { white-space: pre-wrap; }
@container (max-width: 28rem) { .facts > div { grid-template-columns: minmax(0, 1fr); } }
.frame { container-type: inline-size; }
@media (forced-colors: active) {
  .card, button, input { border-color: CanvasText; }
  .main { border-width: 3px; }
  button[aria-disabled="true"] { color: GrayText; border-color: GrayText; }
}
@media print { form, details { display: none; } }
`;
