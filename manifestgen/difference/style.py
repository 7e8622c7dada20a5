"""The style sheet of the HTML pages."""

STYLE = """\
:root {
  color-scheme: light dark;
  --text: #1b1f24; --back: #ffffff; --soft: #57606a; --line: #d0d7de; --panel: #f6f8fa; --link: #0550ae;
  --added: #116329; --added-back: #dafbe1; --removed: #a40e26; --removed-back: #ffebe9;
  --changed: #7d4e00; --moved: #0a5876;
}
@media (prefers-color-scheme: dark) {
  :root {
    --text: #e6edf3; --back: #0d1117; --soft: #9ea7b3; --line: #3d444d; --panel: #161b22; --link: #79c0ff;
    --added: #7ee787; --added-back: #12361f; --removed: #ff9c96; --removed-back: #47181c;
    --changed: #e3b341; --moved: #76d3f0;
  }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 90rem; padding: 1rem; background: var(--back); color: var(--text);
  font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.4rem; margin: 0; }
h2 { font-size: 1.15rem; margin: 2rem 0 .5rem; }
p { margin: .25rem 0; }
code, pre { font: .85rem/1.45 ui-monospace, monospace; }
pre { margin: 0; white-space: pre-wrap; }
a { color: var(--link); }
a:focus-visible, summary:focus-visible, .skip:focus { outline: 3px solid var(--link); outline-offset: 2px; }
.skip { position: absolute; left: -100vw; }
.skip:focus { left: 1rem; top: 1rem; padding: .5rem; background: var(--back); }
table { width: 100%; border-collapse: collapse; }
caption { text-align: start; font-weight: 600; padding: 1rem 0 .25rem; }
th, td { border: 1px solid var(--line); padding: .35rem .6rem; text-align: start; vertical-align: top; }
thead th, th[scope=rowgroup] { background: var(--panel); font-weight: 600; }
.contents { width: auto; }
.contents td:last-child { text-align: end; }
.contents thead th, .contents td:first-child { white-space: nowrap; }
details { border: 1px solid var(--line); border-radius: .4rem; margin: 1rem 0; overflow: hidden; }
details > :not(summary, table) { margin: .5rem .75rem; }
summary { padding: .5rem .75rem; background: var(--panel); cursor: pointer; }
.fields { table-layout: fixed; border-style: hidden; }
.fields tbody th { font-weight: 400; width: 30%; }
.fields thead th:first-child { width: 30%; }
.sign { display: inline-block; min-width: 1ch; font: 700 1rem ui-monospace, monospace; }
.added { --sign: var(--added); }
.removed { --sign: var(--removed); }
.changed, .renamed, .formatting, .file { --sign: var(--changed); }
.moved { --sign: var(--moved); }
.sign { color: var(--sign); }
.place, .hunk { color: var(--soft); font-size: .85rem; }
del, ins { text-decoration: none; }
del { background: var(--removed-back); color: var(--removed); }
ins { background: var(--added-back); color: var(--added); }
@media (max-width: 40rem) {
  .fields, .fields tbody, .fields tr, .fields th, .fields td { display: block; width: auto !important; }
  .fields thead { display: none; }
  .fields td:not(:empty)::before { content: attr(data-side); display: block; color: var(--soft);
    font-size: .8rem; font-weight: 600; }
  .fields tr { border-top: 3px solid var(--line); }
}
@media print { details { break-inside: avoid-page; } }
"""
