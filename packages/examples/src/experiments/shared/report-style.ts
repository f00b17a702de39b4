/**
 * @file The style sheet of the report: one column on a phone, two on a desktop, light and dark.
 *
 * No font, picture or script is loaded. Colours are variables; those of the figures are named in theme.ts.
 */
import { FIGURE_STYLE } from "./theme.ts";

export const REPORT_STYLE: string = `${FIGURE_STYLE}
:root {
  color-scheme: light dark;
  --page: #ffffff; --ink: #1c2126; --soft: #565d66; --rule: #dcdfe3; --panel: #f5f6f8;
  --shade: rgb(0 0 0 / .25); --note: #fff6e0; --note-rule: #d9a520;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #14171b; --ink: #e7e9ec; --soft: #a2a9b2; --rule: #333a42; --panel: #1d2227;
    --shade: rgb(255 255 255 / .3); --note: #2d2612; --note-rule: #b58a1f;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--page); color: var(--ink);
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
  -webkit-text-size-adjust: 100%;
}
main { max-width: 1000px; margin: 0 auto; padding: 2rem 1.25rem 3rem; }
h1 { font-size: clamp(1.45rem, 4.5vw, 2rem); line-height: 1.2; margin: 0 0 .4rem; text-wrap: balance; }
h2 { font-size: 1.2rem; line-height: 1.3; margin: 2.6rem 0 .6rem; }
p { margin: 0 0 1rem; max-width: 46rem; }
a { color: var(--figure-with); }
cite { font-style: italic; }
.source { display: block; color: var(--soft); font-size: .9rem; margin-top: .5rem; }
figure + .verdict { margin-top: 1.4rem; }
.subtitle { color: var(--soft); margin-bottom: 1.4rem; }
.note, .verdict { max-width: none; padding: .8rem 1rem; border-left: 4px solid; border-radius: 0 4px 4px 0; }
.note { background: var(--note); border-color: var(--note-rule); }
.verdict { background: var(--panel); border-color: var(--figure-with); }
.verdict p, .verdict li { max-width: 46rem; margin: 0; }
.verdict ul { margin: .4rem 0 0; padding-left: 1.2rem; }
figure { margin: 1.2rem 0 0; }
figcaption { color: var(--soft); font-size: .9rem; max-width: 46rem; margin-top: .6rem; }
.panels { display: grid; gap: 1.6rem 2.2rem; grid-template-columns: repeat(auto-fill, minmax(min(100%, 22rem), 1fr)); }
.panels svg { display: block; width: 100%; height: auto; max-width: 520px; }
/* a shade at the side where a table goes on */
.scroll {
  overflow-x: auto;
  background:
    linear-gradient(to right, var(--page) 1rem, transparent) 0 0 / 2rem 100% no-repeat local,
    linear-gradient(to left, var(--page) 1rem, transparent) 100% 0 / 2rem 100% no-repeat local,
    linear-gradient(to right, var(--shade), transparent) 0 0 / .8rem 100% no-repeat scroll,
    linear-gradient(to left, var(--shade), transparent) 100% 0 / .8rem 100% no-repeat scroll;
}
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .95rem; }
.caption { color: var(--soft); font-size: .9rem; margin: 1.4rem 0 .5rem; }
h2 + .caption { margin-top: 0; }
th, td { padding: .34rem .9rem; text-align: right; vertical-align: baseline; white-space: nowrap; }
th:first-child, td:first-child { padding-left: 0; }
th:last-child, td:last-child { padding-right: 0; }
thead th { white-space: normal; border-bottom: 2px solid var(--rule); font-weight: 600; vertical-align: bottom; }
tbody tr { border-bottom: 1px solid var(--rule); }
tbody th { font-weight: 400; }
tbody tr.mean th, tbody tr.mean td { font-weight: 600; }
.words th:first-child { text-align: left; white-space: normal; }
details { margin-top: 1rem; }
summary { cursor: pointer; color: var(--soft); }
.facts { display: grid; gap: 0 2.2rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 18rem), 1fr)); }
.facts h3 { font-size: 1rem; margin: 1rem 0 .3rem; }
dl { display: grid; grid-template-columns: 1fr fit-content(65%); margin: 0; font-size: .95rem; }
dt, dd { padding: .26rem 0; border-bottom: 1px solid var(--rule); }
dt { color: var(--soft); padding-right: 1rem; }
dd { margin: 0; text-align: right; overflow-wrap: break-word; }
@media (max-width: 30rem) {
  main { padding: 1.25rem 1rem 2rem; }
  th, td { padding-left: .4rem; padding-right: .4rem; }
  table { font-size: .86rem; }
}
@media print { body { font-size: 11pt; } figure, tr { break-inside: avoid; } }
`;
