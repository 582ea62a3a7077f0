/** No text, name, chat or secret: line numbers, connectors, ids of the hub's own, outcomes. */
export type SpanAttributes = Readonly<Record<string, string | number | readonly string[]>>

/** A part of the work on one update or message, as OpenTelemetry has it. */
export interface TraceSpan {
  child(name: 'verify' | 'commit' | 'send'): TraceSpan
  set(attributes: SpanAttributes): void
  /** `fault`: a code or an outcome, where it has failed. */
  end(fault?: string): void
  /** Packets with these events go on in this trace, as long as this process remembers it. */
  brought(lineId: number, seqs: readonly number[]): void
  /** Of W3C Trace Context, for whoever goes on. */
  readonly traceparent: string
}

/** Absent where nobody asked for traces: then nothing of this costs anything. None of it throws or waits. */
export interface Tracer {
  begin(name: 'webhook' | 'poll' | 'message', attributes: SpanAttributes): TraceSpan
  /** A packet, in the trace that brought the first of its events which is known. */
  packet(lineId: number, seqs: readonly number[], attributes: SpanAttributes): TraceSpan
  /** Hands over what is not handed over yet, within a moment. Never rejects. */
  close(): Promise<void>
}
