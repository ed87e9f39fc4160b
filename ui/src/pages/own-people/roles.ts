/** What the people of a business may do, in words. Pure. */

import type { OwnPerson, OwnPersonIn } from '../../api/types'

export interface RoleWords {
  readonly role: OwnPerson['role']
  readonly name: string
  readonly may: string
}

export const ROLES: readonly RoleWords[] = [
  { role: 'staff', name: 'Staff', may: 'Sees and hears messages, says “I have this”, has callers called back, marks done, exports. Changes nothing else.' },
  { role: 'business', name: 'Manager', may: 'Everything staff may, and who is reached how and when, the rota, the callers’ list and these people.' },
]

export function roleName(role: OwnPerson['role']): string {
  return ROLES.find((each) => each.role === role)?.name ?? role
}

/** A person as they are, with what is to change. */
export function changed({ email, name, role, disabled }: OwnPerson, change: Partial<OwnPersonIn>): OwnPersonIn {
  return { email, name, role, disabled, new_password: false, ...change }
}
