/** The API's shapes for contacts, rotas and delivery rules under the names these pages use. */

import type { components } from '../../api/schema'

type Schemas = components['schemas']

export type ChannelName = Schemas['WayOut']['channel']
export type Urgency = Schemas['DeliveryRule-Input']['urgency'][number]
export type OpenWord = Schemas['DeliveryRule-Input']['when'][number]
export type Weekly = Schemas['WeeklyHours-Input']
export type Weekday = keyof Weekly

export type StepJson = Schemas['Step']
export type RuleJson = Schemas['DeliveryRule-Input']
export type RotaJson = Schemas['Rota-Input']
/** What is sent to be checked, tried out or saved. */
export type Sections = Required<Schemas['PolicyDraft']>

export type DeliveryPolicy = Schemas['Policy']
export type KnownContact = Schemas['ContactOut']
export type Way = Schemas['WayOut']
export type FormOf = Schemas['FormName']
export type PolicyCheck = Schemas['PolicyCheck']
export type ExampleText = Schemas['RuleText']
export type WhoAnswer = Schemas['Answer']
export type Foreseen = Schemas['StepOut']

export interface ProblemJson {
  readonly path: string | readonly (string | number)[]
  readonly reason: string
}
