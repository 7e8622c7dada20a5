"""The style sheet of the HTML pages."""

STYLE = """\
:root {
  color-scheme: light dark;
  --text: #1f2328; --back: #ffffff; --soft: #59636e; --line: #d1d9e0; --panel: #f6f8fa; --link: #0550ae;
  --added: #116329; --added-back: #e6ffec; --added-word: #abf2bc;
  --removed: #82071e; --removed-back: #ffebe9; --removed-word: #ffc0ba;
  --changed: #7d4e00; --moved: #0a5876; --strong: #1f2328;
}
@media (prefers-color-scheme: dark) {
  :root {
    --text: #e6edf3; --back: #0d1117; --soft: #9ea7b3; --line: #30363d; --panel: #161b22; --link: #79c0ff;
    --added: #aff5b4; --added-back: #12261e; --added-word: #1f6f37;
    --removed: #ffdcd7; --removed-back: #2a1618; --removed-word: #8e2a2a;
    --changed: #e3b341; --moved: #76d3f0; --strong: #ffffff;
  }
}
* { box-sizing: border-box; }
html { scroll-padding-top: 3.5rem; }
body { margin: 0; background: var(--back); color: var(--text); font: .9375rem/1.5 system-ui, sans-serif;
  overflow-wrap: break-word; }
header, .page { margin: 0 auto; max-width: 100rem; padding: 1rem 1.25rem; }
header { padding-bottom: 0; }
h1 { font-size: 1.4rem; line-height: 1.3; margin: 0 0 .6rem; }
h2 { font-size: 1.05rem; margin: 1.5rem 0 .5rem; }
h3 { font-size: inherit; font-weight: 400; margin: 0; }
p { margin: 0; }
ul { list-style: none; margin: 0; padding: 0; }
code, pre, .lines td { font: .8125rem/1.55 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
pre { margin: 0; white-space: pre-wrap; overflow-wrap: anywhere; }
a { color: var(--link); }
:focus-visible, .skip:focus { outline: 3px solid var(--link); outline-offset: 2px; }
main:focus { outline: none; }
summary:focus-visible { outline-offset: -3px; }
.skip { position: absolute; left: -100vw; }
.skip:focus { left: 1rem; top: .5rem; padding: .5rem; background: var(--back); z-index: 3; }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.soft, .note { color: var(--soft); }
del, ins { text-decoration: none; }
mark { color: inherit; border-radius: .2rem; }
del, .old .sign, .sign.old { color: var(--removed); }
ins, .sign.new { color: var(--added); }
del mark { background: var(--removed-word); }
ins mark { background: var(--added-word); }
.sign { font: 700 1rem/1 ui-monospace, monospace; color: var(--sign); }
.added, .missing { --sign: var(--added); }
.removed { --sign: var(--removed); }
.changed, .renamed, .formatting, .file { --sign: var(--changed); }
.moved { --sign: var(--moved); }
.word { color: var(--soft); }

.about { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: .15rem 1rem; margin: 0 0 .6rem; }
.about dt { color: var(--soft); }
.about dd { margin: 0; overflow-wrap: anywhere; }
.about .soft { margin-inline-start: .75rem; white-space: nowrap; }
.summary { font-weight: 600; }
.problems { border-inline-start: 4px solid var(--changed); margin-top: .5rem; padding-inline-start: .75rem; }
.switch { margin-top: .4rem; color: var(--soft); }

.contents h2 { margin-top: 0; font-size: .9375rem; }
.contents h3 { color: var(--soft); margin: .75rem 0 .25rem; }
.contents li { display: flex; gap: .5rem; align-items: baseline; border-radius: .35rem; padding: .2rem .4rem; }
.contents li:hover { background: var(--panel); }
.contents a { display: flex; gap: .5rem; align-items: baseline; flex: 1; min-width: 0; text-decoration: none; }
.contents a:hover .named { text-decoration: underline; }
.named { min-width: 0; }
.kind { color: var(--soft); display: block; font-size: .8125rem; line-height: 1.3; }
.count { color: var(--soft); font-size: .8125rem; font-variant-numeric: tabular-nums; }
@media (min-width: 70rem) {
  .page:has(.contents) { display: grid; grid-template-columns: 17rem minmax(0, 1fr); gap: 2rem; }
  .contents { position: sticky; top: 1rem; align-self: start; max-height: calc(100vh - 2rem); overflow: auto; }
}
@media (max-width: 69.99rem) {
  .contents { max-height: 16rem; overflow: auto; border-block: 1px solid var(--line); padding: .5rem 0;
    margin-bottom: 1rem; }
  .kind { display: inline; font-size: inherit; }
}

article { position: relative; margin: 0 0 1rem; border: 1px solid var(--line); border-radius: .45rem;
  overflow: clip; }
article:target { border-color: var(--link); }
article > details > summary { position: sticky; top: 0; z-index: 1; background: var(--panel); cursor: pointer;
  padding: .45rem 4.5rem .45rem .75rem; }
article > details[open] > summary { border-bottom: 1px solid var(--line); }
summary > code { font-weight: 600; color: var(--strong); }
summary > .soft { margin-inline-start: .5rem; font-size: .8125rem; }
.steps { position: absolute; inset-block: 0; inset-inline-end: 0; pointer-events: none; z-index: 2; }
.steps a { position: sticky; top: 0; float: inline-start; pointer-events: auto; padding: .45rem .65rem;
  text-decoration: none; line-height: 1.5; }
.origins { display: flex; flex-wrap: wrap; gap: .1rem 1.5rem; padding: .3rem .75rem 0; color: var(--soft);
  font-size: .8125rem; }
.origins code { font-size: .75rem; }
.note { padding: .1rem .75rem .3rem; font-size: .8125rem; }
.field { padding: .55rem .75rem .65rem; }
.field + .field { border-top: 1px solid var(--line); }
.field > h3 { margin-bottom: .3rem; overflow-wrap: anywhere; }
.seg, .plain { display: inline-block; max-width: 100%; }
.seg { color: var(--soft); }
.seg.name { color: var(--text); }
.seg.last { color: var(--strong); font-weight: 600; }
summary .seg, .plain { color: inherit; }
.inside .seg.last { font-weight: 400; color: var(--text); }
.sides { display: grid; gap: .4rem; }
.side { display: flex; flex-wrap: wrap; gap: 0 1rem; align-items: baseline; align-content: start; min-width: 0;
  border-radius: .3rem; padding: .15rem .5rem; }
.side.old { background: var(--removed-back); }
.side.new { background: var(--added-back); }
.side pre { flex: 0 1 auto; min-width: 0; }
.side details { flex: 1 1 auto; }
.label { font-size: .75rem; color: var(--soft); }
.places { margin-inline-start: auto; text-align: end; max-width: 100%; }
.place { font-size: .75rem; color: var(--soft); overflow-wrap: anywhere; }
.full { display: none; }
body:has(#origins:checked) .full { display: inline; }
body:has(#origins:checked) .short { display: none; }
.heads { margin-bottom: .3rem; }
.within { margin: .5rem 0 0 .5rem; border-inline-start: 3px solid var(--line); }
.moves { padding-inline-start: .5rem; }
.fold { padding: .4rem .75rem; }
.fold li { display: flex; flex-wrap: wrap; gap: 0 1rem; justify-content: space-between; padding: .1rem 0; }
.detail { padding: .4rem .75rem; }

.lines { width: 100%; border-collapse: collapse; table-layout: fixed; }
.lines td, .lines th { padding: 0 .5rem; vertical-align: top; text-align: start; }
.lines .hunk th { color: var(--soft); background: var(--panel); font-size: .8125rem; font-weight: 400;
  padding: .15rem .5rem; }
.lines col.n { width: 3.2rem; }
.lines .n { color: var(--soft); text-align: end; user-select: none; }
.lines .n::before { content: attr(data-n); }
.lines .t { white-space: pre-wrap; overflow-wrap: anywhere; padding-inline-start: 1.2rem; text-indent: -.8rem; }
.lines .t.old { background: var(--removed-back); }
.lines .t.new { background: var(--added-back); }
.lines .t::before { display: inline-block; width: .8rem; text-indent: 0; content: ""; user-select: none; }
.lines .old::before { content: "−"; color: var(--removed); }
.lines .new::before { content: "+"; color: var(--added); }
.lines .none { background: var(--panel); }
@media (min-width: 48rem) {
  .sides:not(.one) { grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); }
  .label { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .heads .label { position: static; width: auto; height: auto; clip-path: none; }
}
@media (max-width: 47.99rem) {
  header, .page { padding-inline: .75rem; }
  .about .soft { display: block; margin: 0; }
  .sides { gap: 0; }
  .side .label { flex: 0 0 2rem; }
  .side pre { max-width: calc(100% - 3rem); }
  .lines, .lines tbody { display: block; }
  .lines colgroup { display: none; }
  .lines tr { display: grid; grid-template-columns: 2.6rem minmax(0, 1fr); }
  .lines .hunk { display: block; }
  .lines .hunk th { display: block; }
  .lines .n { width: auto; padding: 0 .25rem 0 0; }
  .lines .same td:nth-child(n + 3), .lines .none { display: none; }
}
@media print {
  article > details > summary { position: static; }
  .steps, .skip, .switch { display: none; }
  .full { display: inline; }
  .short { display: none; }
}
"""
