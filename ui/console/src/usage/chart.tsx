// Verifications by day, drawn by uPlot: what was valid, and on top of it what was refused. Its colours are the page's, light or dark.
// It is a picture with a sentence; the figures are in the table beside it.

import { type RefObject, useEffect, useRef } from "react";
import uPlot from "uplot";
import css from "uplot/dist/uPlot.min.css";
import type { Day } from "./bill.ts";
import { dayWords } from "./period.ts";
import { words } from "./words.ts";

const HEIGHT_PX = 240;

const sheet = new CSSStyleSheet();
sheet.replaceSync(css);

export default function Chart({ days }: { days: readonly Day[] }) {
  const element = useRef<HTMLDivElement>(null);
  useDrawn(element, days);
  const uses = days.reduce((sum, { uses }) => sum + uses, 0);
  const most = days.reduce((one, other) => (other.uses > one.uses ? other : one));
  const count = (number: number) => number.toLocaleString();
  const summary = words.chart.summary(count(uses), days.length, count(most.uses), dayWords(most.day));
  return (
    <figure className="ks-chart">
      <div ref={element} aria-hidden="true" />
      <figcaption className="ks-hint">{summary}</figcaption>
    </figure>
  );
}

function useDrawn(element: RefObject<HTMLDivElement | null>, days: readonly Day[]) {
  useEffect(() => {
    const box = element.current;
    if (!box) return;
    if (!document.adoptedStyleSheets.includes(sheet)) document.adoptedStyleSheets.push(sheet);
    let plot = draw(box, days);
    const again = () => {
      plot.destroy();
      plot = draw(box, days);
    };
    const light = matchMedia("(prefers-color-scheme: dark)");
    light.addEventListener("change", again);
    const sized = new ResizeObserver(() => plot.setSize({ width: box.clientWidth, height: HEIGHT_PX }));
    sized.observe(box);
    return () => {
      light.removeEventListener("change", again);
      sized.disconnect();
      plot.destroy();
    };
  }, [element, days]);
}

function draw(box: HTMLElement, days: readonly Day[]): uPlot {
  const color = colors(box);
  const bars = uPlot.paths.bars?.({ size: [0.7, 40], radius: 0.15 });
  const font = `12px ${getComputedStyle(box).fontFamily}`;
  const axis = { stroke: color("--ks-soft"), font, ticks: { show: false } };
  const drawn = { width: 0, points: { show: false }, ...(bars && { paths: bars }) };
  const count = (_: uPlot, value: number | null) => (value === null ? "–" : value.toLocaleString());
  return new uPlot(
    {
      width: box.clientWidth,
      height: HEIGHT_PX,
      tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), "Etc/UTC"),
      scales: {
        x: { time: true, range: (_, min, max) => [min - 43_200, max + 43_200] },
        y: { range: (_, __, max) => [0, Math.max(max * 1.1, 1)] },
      },
      axes: [
        {
          ...axis,
          grid: { show: false },
          values: (_, at) => at.map((seconds) => label(seconds, at)),
        },
        {
          ...axis,
          size: 60,
          grid: { stroke: color("--ks-line"), width: 1 },
          incrs: [1, 2, 5]
            .flatMap((step) => Array.from({ length: 12 }, (_, power) => step * 10 ** power))
            .sort((a, b) => a - b),
          values: (_, at) => at.map((value) => value.toLocaleString(undefined, { notation: "compact" })),
        },
      ],
      cursor: { y: false, drag: { x: false, y: false } },
      series: [
        {
          label: words.chart.day,
          value: (_, seconds) => (seconds === null ? "–" : dayWords(new Date(seconds * 1000).toISOString())),
        },
        // What is on top is drawn first, from the ground: the sum.
        {
          ...drawn,
          label: words.chart.refused,
          fill: color("--ks-warn"),
          value: (plot, _, __, at) => count(plot, at == null ? null : (days[at]?.refused ?? null)),
        },
        { ...drawn, label: words.chart.valid, fill: color("--ks-accent"), value: count },
      ],
    },
    [days.map(({ day }) => Date.parse(day) / 1000), days.map(({ uses }) => uses), days.map(({ valid }) => valid)],
    box,
  );
}

function label(seconds: number, all: readonly number[]): string {
  const long = (all.at(-1) ?? 0) - (all[0] ?? 0) > 86_400 * 120;
  const style = long ? ({ month: "short", year: "2-digit" } as const) : ({ day: "numeric", month: "short" } as const);
  return new Date(seconds * 1000).toLocaleDateString(undefined, { ...style, timeZone: "UTC" });
}

/** A canvas knows no custom properties and no light-dark(): an element tells what they come to. */
function colors(box: HTMLElement): (token: string) => string {
  return (token) => {
    const probe = document.createElement("span");
    probe.style.color = `var(${token})`;
    box.append(probe);
    const { color } = getComputedStyle(probe);
    probe.remove();
    return color;
  };
}
