/** Which microphone and loudspeaker this browser uses: "" is the system's own choice. Kept in the browser. */

export type SoundDeviceKind = 'microphone' | 'speaker'

export interface SoundDevice {
  readonly id: string
  readonly label: string
}

export type SoundDevices = Readonly<Record<SoundDeviceKind, readonly SoundDevice[]>>

const KIND = { microphone: 'audioinput', speaker: 'audiooutput' } as const
/** Chromium lists the system's own choice a second and a third time under these names. */
const SYSTEMS_OWN: readonly string[] = ['', 'default', 'communications']

export function chosenDevice(kind: SoundDeviceKind): string {
  return localStorage.getItem(kind) ?? ''
}

export function chooseDevice(kind: SoundDeviceKind, id: string): void {
  if (id === '') localStorage.removeItem(kind)
  else localStorage.setItem(kind, id)
}

/** What to ask the browser for: the chosen microphone while it is plugged in, else the system's. */
export function microphoneWanted(): MediaTrackConstraints | true {
  const id = chosenDevice('microphone')
  return id === '' ? true : { deviceId: { ideal: id } }
}

/** Let sound come out of the chosen loudspeaker; out of the system's when that is gone or the browser cannot choose. */
export async function useChosenSpeaker(sound: HTMLMediaElement | AudioContext): Promise<void> {
  // AudioContext has it in Chromium only, and TypeScript knows it of neither.
  const output = sound as { setSinkId?: (id: string) => Promise<void> }
  try {
    await output.setSinkId?.(chosenDevice('speaker'))
  } catch {
    await output.setSinkId?.('').catch(() => undefined)
  }
}

/** The devices by name; browsers give them only to a page that may use the microphone, so none are listed before. */
export async function soundDevices(): Promise<SoundDevices> {
  const media = navigator.mediaDevices as MediaDevices | undefined
  return sorted((await media?.enumerateDevices().catch(() => [])) ?? [])
}

/** Pure part of `soundDevices`. */
export function sorted(all: readonly Pick<MediaDeviceInfo, 'kind' | 'deviceId' | 'label'>[]): SoundDevices {
  const of = (kind: SoundDeviceKind) =>
    all
      .filter((each) => each.kind === KIND[kind] && each.label !== '' && !SYSTEMS_OWN.includes(each.deviceId))
      .map((each) => ({ id: each.deviceId, label: each.label }))
  return { microphone: of('microphone'), speaker: of('speaker') }
}
