import { useEffect, useRef } from 'preact/hooks'
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import { useDesk } from '../desk/desk.ts'

export interface Series {
  readonly title: string
  readonly values: readonly number[]
  /** A colour's variable of styles/tokens.css, without its dashes. */
  readonly color: string
}

interface ChartProps {
  /** What a screen reader says in the place of the picture. */
  readonly label: string
  readonly series: readonly Series[]
  /** When the last value was taken. */
  readonly at: string
  /** How long each value stands for. */
  readonly stepSec: number
}

const HEIGHT = 150

/** Lines of figures over the last minutes. */
export function Chart({ label, series, at, stepSec }: ChartProps) {
  const { language, preferences } = useDesk()
  const frame = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot | undefined>(undefined)
  const data = toData(series, at, stepSec)
  const names = series.map(({ title }) => title).join()
  useEffect(() => {
    const element = frame.current
    if (!element) return
    const made = new uPlot(optionsOf(series, element, language), data, element)
    plot.current = made
    const watch = new ResizeObserver(() =>
      made.setSize({ width: element.clientWidth, height: HEIGHT }),
    )
    watch.observe(element)
    const scheme = matchMedia('(prefers-color-scheme: dark)')
    const repaint = (): void => repaintOf(made)
    scheme.addEventListener('change', repaint)
    return () => {
      watch.disconnect()
      scheme.removeEventListener('change', repaint)
      made.destroy()
    }
  }, [language, names])
  useEffect(() => plot.current?.setData(data), [data])
  const theme = preferences.theme.value
  useEffect(() => repaintOf(plot.current), [theme])
  return <div ref={frame} class="chart" role="img" aria-label={label} />
}

/** Before its first data is in, uPlot would take the scale that isn't there yet for good. */
function repaintOf(plot: uPlot | undefined): void {
  if (typeof plot?.scales['x']?.min === 'number') plot.redraw()
}

function toData(series: readonly Series[], at: string, stepSec: number): uPlot.AlignedData {
  const end = Date.parse(at) / 1000
  const length = Math.max(...series.map(({ values }) => values.length), 2)
  const times = Array.from({ length }, (_, index) => end - (length - 1 - index) * stepSec)
  const lines = series.map(({ values }) => {
    const missing = Array.from({ length: length - values.length }, () => 0)
    return [...missing, ...values]
  })
  return [times, ...lines]
}

function optionsOf(
  series: readonly Series[],
  element: HTMLElement,
  language: string,
): uPlot.Options {
  const color = (name: string): string =>
    getComputedStyle(element).getPropertyValue(`--paint-${name}`)
  const figures = new Intl.NumberFormat(language, { maximumFractionDigits: 1 })
  const time = new Intl.DateTimeFormat(language, { hour: '2-digit', minute: '2-digit' })
  const axis: uPlot.Axis = {
    stroke: () => color('muted'),
    grid: { stroke: () => color('grid'), width: 1 },
    ticks: { show: false },
    font: '12px system-ui, sans-serif',
  }
  return {
    width: element.clientWidth,
    height: HEIGHT,
    cursor: { show: false },
    legend: { show: false },
    padding: [8, 8, 0, 0],
    scales: { y: { range: (_plot, _min, max) => [0, Math.max(1, max * 1.15)] } },
    axes: [
      {
        ...axis,
        values: (_plot, times) => times.map((at) => time.format(at * 1000)),
        incrs: [60, 120, 300],
        space: 70,
        size: 28,
      },
      {
        ...axis,
        values: (_plot, values) => values.map((value) => figures.format(value)),
        size: 44,
        space: 32,
      },
    ],
    series: [
      {},
      ...series.map(
        (one): uPlot.Series => ({
          label: one.title,
          stroke: () => color(one.color),
          width: 2,
          points: { show: false },
        }),
      ),
    ],
  }
}
