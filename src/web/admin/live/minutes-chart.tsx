import './minutes-chart.css';
import {
  Bar,
  BarChart,
  CartesianGrid,
  Legend,
  ResponsiveContainer,
  Tooltip,
  XAxis,
  YAxis,
} from 'recharts';
import { busyMinutes, clockTime, hourInWords, type Minute } from '../rules/minutes.ts';

const TICK = { fill: 'var(--ink-soft)' };
const TIP = {
  background: 'var(--card)',
  border: '1px solid var(--edge-strong)',
  borderRadius: 'var(--round)',
  color: 'var(--ink)',
};

/** Units sold and units expired per minute: as a chart, in a sentence and as a table. */
export default function MinutesChart({ minutes }: { minutes: readonly Minute[] }) {
  const busy = busyMinutes(minutes);
  return (
    <>
      <p className="soft">{hourInWords(minutes)}</p>
      <div className="minutes-chart" aria-hidden="true">
        <ResponsiveContainer width="100%" height="100%">
          <BarChart
            data={minutes}
            margin={{ top: 4, right: 0, bottom: 0, left: 0 }}
            barGap={0}
            barCategoryGap="12%"
            accessibilityLayer={false}
          >
            <CartesianGrid vertical={false} stroke="var(--edge)" />
            <XAxis
              dataKey="minute"
              tickFormatter={clockTime}
              tick={TICK}
              tickLine={false}
              axisLine={{ stroke: 'var(--edge-strong)' }}
              minTickGap={40}
            />
            <YAxis allowDecimals={false} width={36} tick={TICK} tickLine={false} axisLine={false} />
            <Tooltip
              contentStyle={TIP}
              cursor={{ fill: 'var(--sunken)' }}
              labelFormatter={(minute) => clockTime(String(minute))}
            />
            <Legend itemSorter={null} formatter={(name) => <span className="soft">{name}</span>} />
            <Bar
              dataKey="sold"
              name="Sold"
              fill="var(--accent)"
              radius={[2, 2, 0, 0]}
              isAnimationActive={false}
            />
            <Bar
              dataKey="expired"
              name="Expired"
              fill="var(--caution)"
              radius={[2, 2, 0, 0]}
              isAnimationActive={false}
            />
          </BarChart>
        </ResponsiveContainer>
      </div>
      {busy.length === 0 ? null : (
        <details>
          <summary className="small">As a table</summary>
          <table className="minutes-table small">
            <thead>
              <tr>
                <th scope="col">Minute</th>
                <th scope="col">Sold</th>
                <th scope="col">Expired</th>
              </tr>
            </thead>
            <tbody>
              {busy.map(({ minute, sold, expired }) => (
                <tr key={minute}>
                  <th scope="row">{clockTime(minute)}</th>
                  <td>{sold}</td>
                  <td>{expired}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </details>
      )}
    </>
  );
}
