/**
 * Draws the icons: lines on a 24 by 24 grid, as SVG elements that screen readers skip.
 */

const svgNamespace = "http://www.w3.org/2000/svg";

/** Every icon as the paths it is drawn with. */
const drawings = {
  shield_check: [
    "M12 2.8 19.5 6v5.6c0 4.7-3.1 8-7.5 9.6-4.4-1.6-7.5-4.9-7.5-9.6V6z",
    "m8.6 12 2.4 2.4 4.5-4.7",
  ],
  clock: ["M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18z", "M12 7.5V12l3 2"],
  calendar: ["M5 5.5h14v14H5z", "M5 10h14M8.5 3v4M15.5 3v4", "M12 12.5v2.3l1.5 1"],
  pause: ["M8.3 3h7.4L21 8.3v7.4L15.7 21H8.3L3 15.7V8.3z", "M10 8.7v6.6M14 8.7v6.6"],
  ban: ["M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18z", "M5.7 5.7 18.3 18.3"],
  draft: [
    "M6.5 3h7.5L18.5 7.5V21H6.5z",
    "M14 3v4.5h4.5",
    "M9.5 12h.01M12.5 12h.01M15.5 12h.01M9.5 16h.01M12.5 16h.01M15.5 16h.01",
  ],
  not_found: ["M10.5 4a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13z", "m15.3 15.3 5.2 5.2", "M8 10.5h5"],
  stop: ["M8.3 3h7.4L21 8.3v7.4L15.7 21H8.3L3 15.7V8.3z", "M12 7.5v5.5M12 16.3h.01"],
  broken_link: ["M10 7H7.5a5 5 0 0 0 0 10H10", "M14 7h2.5a5 5 0 0 1 0 10H14", "M11 9.5l2 5"],
  person: [
    "M10 4a3.8 3.8 0 1 0 0 7.6A3.8 3.8 0 0 0 10 4z",
    "M3 20c.5-3.8 3.2-6 7-6s6.5 2.2 7 6",
    "M18.5 7v5M18.5 15.3h.01",
  ],
  unknown: [
    "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18z",
    "M9.5 9.3a2.6 2.6 0 0 1 5 .8c0 1.7-2.5 2-2.5 3.7M12 16.8h.01",
  ],
  info: ["M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18z", "M12 11v5M12 7.8h.01"],
  check: ["m5.5 12.5 4.3 4.3 8.7-9.3"],
  dot: ["M12 8.5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7z"],
  cross: ["m7 7 10 10M17 7 7 17"],
  triangle: ["M12 4 21 19.5H3z", "M12 10v4.3M12 17h.01"],
  dash: ["M7 12h10"],
  pending: ["M12 6a6 6 0 1 0 0 12 6 6 0 0 0 0-12z"],
} as const;

export type IconName = keyof typeof drawings;

/** The icon as an element that takes its colour from the text around it. */
export function icon(name: IconName): SVGSVGElement {
  const svg = document.createElementNS(svgNamespace, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", `icon icon-${name.replaceAll("_", "-")}`);
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("focusable", "false");
  for (const d of drawings[name]) {
    const path = document.createElementNS(svgNamespace, "path");
    path.setAttribute("d", d);
    svg.append(path);
  }
  return svg;
}
