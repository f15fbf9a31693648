"use strict";

// The figures are those of the tables: nothing is computed here.
const plots = JSON.parse(document.getElementById("plots").textContent);
const drawn = [];

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const shortened = (text, longest) => (text.length > longest ? `${text.slice(0, longest - 1)}…` : text);

function labels(chart) {
  const longest = Math.max(8, Math.floor(chart.width / 18));
  return plots[chart.canvas.id].rows.map((row) => shortened(row.label, longest));
}

function ranges(plot) {
  const wide = { grouped: false, borderSkipped: false };
  const points = plot.rows.map((row, place) => ({ x: row.middle, y: place }));
  return {
    type: "bar",
    data: {
      labels: plot.rows.map((row) => row.label),
      datasets: [
        { type: "scatter", data: points, pointRadius: 5, pointHoverRadius: 6, role: "--plot-1" },
        {
          ...wide,
          data: plot.rows.map((row) => (row.low === null ? null : [row.low, row.high])),
          barThickness: 9,
          borderRadius: 4,
          role: "--plot-range",
        },
      ],
    },
    options: {
      indexAxis: "y",
      scales: {
        x: { beginAtZero: true, suggestedMax: plot.most ?? undefined },
        y: {
          type: "category",
          offset: true,
          grid: { display: false },
          ticks: { autoSkip: false, callback(value) { return labels(this.chart)[value]; } },
        },
      },
    },
  };
}

const shapes = ["circle", "triangle", "rect", "rectRot", "star", "crossRot", "cross", "rectRounded"];
const colours = 4;

function field(plot) {
  return {
    type: "scatter",
    data: {
      datasets: plot.rows.map((row, place) => ({
        label: shortened(row.label, 24),
        data: [{ x: row.across, y: row.middle }],
        pointRadius: 7,
        pointHoverRadius: 8,
        pointBorderWidth: 2,
        pointStyle: shapes[place % shapes.length],
        role: `--plot-${(place % colours) + 1}`,
      })),
    },
    options: {
      scales: {
        x: { beginAtZero: true, title: { display: true, text: plot.across } },
        y: { beginAtZero: true, suggestedMax: plot.most ?? undefined, title: { display: true, text: plot.unit } },
      },
    },
  };
}

function paint(chart) {
  for (const dataset of chart.data.datasets) {
    dataset.backgroundColor = colour(dataset.role);
    dataset.borderColor = colour(dataset.role);
  }
  chart.options.plugins.legend.labels.color = colour("--ink");
  for (const scale of Object.values(chart.options.scales)) {
    scale.ticks.color = colour("--ink");
    scale.border = { color: colour("--line") };
    scale.grid.color = colour("--line");
    if (scale.title) scale.title.color = colour("--faint");
  }
  chart.update();
}

function draw(figure, plot) {
  figure.hidden = false;
  const across = plot.across !== undefined;
  const { type, data, options } = across ? field(plot) : ranges(plot);
  const told = (at) => plot.rows[across ? at.datasetIndex : at.dataIndex];
  figure.querySelector(".plot").style.height = across ? "22rem" : `${40 + 34 * plot.rows.length}px`;
  const chart = new Chart(figure.querySelector("canvas"), {
    type,
    data,
    options: {
      ...options,
      animation: false,
      clip: 10,
      maintainAspectRatio: false,
      plugins: {
        legend: { display: across, position: "bottom", labels: { usePointStyle: true } },
        tooltip: {
          displayColors: false,
          callbacks: { title: () => "", label: (at) => [told(at).label, told(at).words] },
        },
      },
    },
  });
  paint(chart);
  drawn.push(chart);
}

for (const figure of document.querySelectorAll("figure[data-plot]")) {
  draw(figure, plots[figure.dataset.plot]);
}
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => drawn.forEach(paint));

// A link of the grid opens what it leads to, and what that lies in.
function open() {
  const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!target || target.tagName !== "DETAILS") return;
  for (let place = target; place; place = place.parentElement) {
    if (place.tagName === "DETAILS") place.open = true;
  }
  target.scrollIntoView();
  target.querySelector("summary").focus();
}
addEventListener("hashchange", open);
open();
