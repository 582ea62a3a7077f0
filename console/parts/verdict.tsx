import type { ComponentChildren } from 'preact'
import type { TestResult } from '../api/types.ts'
import { useDesk } from '../desk/desk.ts'
import { common } from '../texts/common.ts'
import { connect } from '../texts/connect.ts'
import { Icon } from './icons.tsx'
import { Prose } from './name.tsx'

/** What a test of a line has found: the channel ✓ or ✗, the portal ✓ or ✗, and what to do. */
export function TestVerdict({ result }: { readonly result: TestResult }) {
  const { say } = useDesk()
  const { channel, portal, displaced } = result
  const { error } = channel
  return (
    <div class="stack tight" role="status">
      <Verdict isGood={channel.ok} title={channelTitle(result, say)}>
        {error && <Prose text={say(common.inItsWords, { words: error.message })} />}
        {error && (
          <p class="muted">
            {say(error.field === undefined ? connect.channelWhatNowAny : connect.channelWhatNow)}
          </p>
        )}
      </Verdict>
      <Verdict isGood={portal.ok} title={portalTitle(result, say)}>
        {portal.error && <Prose text={say(common.inItsWords, { words: portal.error.message })} />}
        {portal.error && channel.ok && <p class="muted">{say(connect.portalWhatNow)}</p>}
      </Verdict>
      {displaced && <p class="muted">{say(connect.displaced)}</p>}
      {channel.ok && !result.webhookInstalled && <p class="muted">{say(connect.notInstalled)}</p>}
    </div>
  )
}

type Say = ReturnType<typeof useDesk>['say']

function channelTitle({ channel }: TestResult, say: Say): string {
  if (!channel.ok) return say(connect.channelBad)
  const name = channel.name ?? channel.identity
  return name === undefined
    ? say(connect.channelOk)
    : say(connect.channelOkAs, { name: name.slice(0, 100) })
}

function portalTitle({ portal }: TestResult, say: Say): string {
  if (!portal.ok) return say(connect.portalBad)
  const { latencyMs } = portal
  return latencyMs === undefined
    ? say(connect.portalOk)
    : say(connect.portalOkIn, { ms: Math.round(latencyMs) })
}

interface VerdictProps {
  readonly isGood: boolean
  readonly title: string
  readonly children?: ComponentChildren
}

function Verdict({ isGood, title, children }: VerdictProps) {
  return (
    <div class={isGood ? 'verdict good' : 'verdict bad'}>
      <Icon name={isGood ? 'check' : 'cross'} />
      <div class="grow">
        <p class="strong">{title}</p>
        {children}
      </div>
    </div>
  )
}
