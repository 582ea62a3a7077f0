import type { z } from 'zod'
import type { MethodApi } from './method-api.ts'

/**
 * What one room adds to the OpenAPI document, written beside its routes. A schema that is named in `schemas`, or among the
 * shapes of the core (shapes/named.ts), is shown by its name wherever it is used.
 */
export interface ApiPart {
  /** As OpenAPI writes paths: `/files/{link}`. */
  readonly paths?: Readonly<Record<string, ApiPath>>
  /** What the hub posts to portals. */
  readonly webhooks?: Readonly<Record<string, ApiPath>>
  /** Those that are sent, by name. */
  readonly schemas?: Readonly<Record<string, z.ZodType>>
  /** Those that are taken: what has a default may be left out. */
  readonly inputs?: Readonly<Record<string, z.ZodType>>
}

export type ApiPath = Readonly<
  Partial<Record<'get' | 'head' | 'post' | 'put' | 'patch' | 'delete', ApiOperation>>
>

export interface ApiOperation {
  readonly id: string
  readonly summary: string
  readonly description?: string
  readonly tag: string
  /** `portal`: signed with a portal's secret. `hub`: signed by the hub with it. `admin`: the admin token. Absent: nothing of the hub's. */
  readonly access?: 'portal' | 'hub' | 'admin'
  readonly parameters?: readonly ApiParameter[]
  readonly body?: ApiContent
  /** By status; `default` for the rest. */
  readonly answers: Readonly<Record<string, ApiAnswer>>
  /** Further keys, `x-…`. Schemas in them are shown as references. */
  readonly more?: Readonly<Record<`x-${string}`, unknown>>
}

export interface ApiParameter {
  readonly name: string
  readonly in: 'path' | 'query' | 'header'
  readonly required: boolean
  readonly description: string
  readonly schema: z.ZodType
}

export interface ApiAnswer {
  readonly description: string
  readonly content?: ApiContent
}

/** By media type. */
export type ApiContent = Readonly<Record<string, z.ZodType>>

/** A remote method with its name, for the part that shows calls. */
export type NamedMethodApi = MethodApi & { readonly name: string }
