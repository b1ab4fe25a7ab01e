"""How the page looks: two sets of colours, one column on a phone, two on a desk, none of it from elsewhere."""

CSS = """
:root{color-scheme:light dark;--ground:#fbfaf7;--card:#fff;--ink:#1c1e22;--dim:#676b73;--line:#e2ded5;--rule:#c9c4b8;
--a:#0072b2;--b:#b86a00;--c:#007a5a;--d:#c04a00;--e:#9a4f7f;--f:#4d5563;--g:#1d8fc9}
@media (prefers-color-scheme:dark){:root{--ground:#121419;--card:#191c23;--ink:#e4e5e8;--dim:#9aa0ab;--line:#2a2e38;--rule:#434956;
--a:#56b4e9;--b:#e69f00;--c:#2dbf93;--d:#f0803c;--e:#dd9cc2;--f:#a9b0bd;--g:#8fd0f5}}
@media print{:root{--ground:#fff;--card:#fff;--ink:#000;--dim:#555;--line:#ddd;--rule:#bbb;
--a:#0072b2;--b:#b86a00;--c:#007a5a;--d:#c04a00;--e:#9a4f7f;--f:#4d5563;--g:#1d8fc9}nav{display:none}
section,figure,tr{break-inside:avoid}body{font-size:10.5pt}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;scroll-behavior:smooth}
@media (prefers-reduced-motion:reduce){html{scroll-behavior:auto}}
body{margin:0 auto;padding:0 1.1rem 4rem;max-width:66rem;background:var(--ground);color:var(--ink);
font:1.03rem/1.55 Charter,"Bitstream Charter","Iowan Old Style","Source Serif 4",Georgia,"DejaVu Serif",serif}
header{padding:2.6rem 0 0}
.kicker,nav,figcaption,table,.tile,svg,footer,.small,.legend{
font-family:system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}
.kicker{margin:0;color:var(--dim);font-size:.8rem;letter-spacing:.02em;overflow-wrap:anywhere}
h1{margin:.15rem 0 .5rem;font-size:clamp(2rem,6vw,3rem);line-height:1.1;font-weight:600;letter-spacing:-.015em;overflow-wrap:anywhere}
h2{margin:0 0 .9rem;font-size:1.4rem;line-height:1.2;font-weight:600;letter-spacing:-.005em}
h3{margin:1.5rem 0 .4rem;font-size:1.03rem;font-weight:600}
p{margin:0 0 .8rem;max-width:40rem;overflow-wrap:anywhere}
.verdict{font-size:1.28rem;line-height:1.42;max-width:44rem;margin:0 0 1.4rem}
.small,figcaption{color:var(--dim);font-size:.82rem;line-height:1.45}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(7.4rem,1fr));gap:1px;background:var(--line);border:1px solid var(--line);
border-radius:6px;overflow:hidden;margin:0 0 1.2rem}
.tile{background:var(--card);padding:.75rem .85rem}
.tile b{display:block;font-size:1.35rem;line-height:1.2;font-weight:600;font-variant-numeric:tabular-nums}
.tile span{display:block;color:var(--dim);font-size:.76rem;line-height:1.35}
.tile b .clock{display:inline;color:inherit;font:inherit}
nav{display:flex;flex-wrap:wrap;gap:.2rem 1.1rem;padding:.7rem 0;border-top:1px solid var(--line);border-bottom:1px solid var(--line);
font-size:.82rem}
nav a{color:var(--dim);text-decoration:none}nav a:hover,nav a:focus{color:var(--ink);text-decoration:underline}
section{padding:2.3rem 0 .3rem;scroll-margin-top:.5rem}
section+section{border-top:1px solid var(--line)}
.two{display:grid;grid-template-columns:minmax(0,1fr);gap:1rem 2.6rem;align-items:start;margin-bottom:.6rem}
@media (min-width:56rem){.two{grid-template-columns:minmax(0,1fr) minmax(0,1fr)}}
figure{margin:0 0 1rem;max-width:34rem}
figure svg,figure img{display:block;width:100%;height:auto}
figcaption{margin-top:.45rem}
img.film{border-radius:6px;border:1px solid var(--line);image-rendering:auto}
svg text{fill:var(--ink)}svg text.dim{fill:var(--dim)}
.wide{overflow-x:auto;margin:0 0 1rem}
table{border-collapse:collapse;font-size:.84rem;line-height:1.4;font-variant-numeric:tabular-nums;width:100%}
th,td{padding:.34rem .8rem .34rem 0;text-align:right;vertical-align:baseline;border-bottom:1px solid var(--line)}
th:first-child,table.words td{text-align:left}
th:last-child,td:last-child{padding-right:0}
td{white-space:nowrap}table.words td{white-space:normal}
tbody th{font-weight:400}thead th{font-weight:600;color:var(--dim);font-size:.76rem}
table.words tbody th{color:var(--dim);white-space:nowrap;padding-right:1.2rem}
table.words td{overflow-wrap:anywhere}
@media (max-width:30rem){table.words tbody th{white-space:normal}}
pre{margin:0 0 1rem;padding:.7rem .85rem;background:var(--card);border:1px solid var(--line);border-radius:6px;white-space:pre-wrap;
overflow-wrap:anywhere;font-size:.8rem;line-height:1.5}
pre span{display:inline-block;max-width:100%}
code{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace}
.legend{display:flex;flex-wrap:wrap;gap:.15rem 1rem;font-size:.78rem;color:var(--dim);margin:.4rem 0 0}
.legend i{display:inline-block;width:.75em;height:.75em;border-radius:2px;margin-right:.4em;vertical-align:-.04em}
footer{margin-top:2rem;padding-top:.9rem;border-top:1px solid var(--line);color:var(--dim);font-size:.8rem}
"""
"""Colours by letter: a and b are blue and orange of Okabe and Ito, told apart by colour-blind eyes, a shade darker on paper. Charts
use them for right and wrong, above and below 0; no chart tells anything by colour alone."""
