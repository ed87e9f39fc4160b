// Injected by the tests before the page's own scripts: remembers its telephone calls and players, so that a test can
// ask what the agent hears. The page knows nothing of it.
(() => {
  const connections = []
  const players = []
  const remembering = (made) => ({
    construct(target, args) {
      const it = Reflect.construct(target, args)
      made.push(it)
      return it
    },
  })
  window.RTCPeerConnection = new Proxy(window.RTCPeerConnection, remembering(connections))
  window.Audio = new Proxy(window.Audio, remembering(players))

  let tapped = null
  let analyser = null

  /** The pitch (Hz) of what comes out of the page's player now; 0 for silence, or while nothing is played. */
  window.pitchHeard = () => {
    const player = players.find((each) => each.srcObject !== null && !each.paused && !each.muted)
    const track = player?.srcObject.getAudioTracks()[0]
    if (track === undefined) return 0
    if (tapped !== track) {
      tapped = track
      const context = new AudioContext()
      analyser = new AnalyserNode(context, { fftSize: 2048, smoothingTimeConstant: 0 })
      context.createMediaStreamSource(player.srcObject).connect(analyser)
    }
    const levels = new Float32Array(analyser.frequencyBinCount)
    analyser.getFloatFrequencyData(levels)
    const loudest = levels.indexOf(Math.max(...levels))
    return levels[loudest] < -50 ? 0 : (loudest * analyser.context.sampleRate) / analyser.fftSize
  }

  // A microphone that is unplugged, as the browser tells it: tracks end, and there is none to open.
  const media = navigator.mediaDevices
  if (media !== undefined) {
    const open = media.getUserMedia.bind(media)
    const held = []
    let unplugged = false
    media.getUserMedia = async (wanted) => {
      if (unplugged) throw new DOMException('no such device', 'NotFoundError')
      const stream = await open(wanted)
      held.push(...stream.getTracks())
      return stream
    }
    window.unplugMicrophone = () => {
      unplugged = true
      for (const track of held.splice(0)) {
        track.stop()
        track.dispatchEvent(new Event('ended'))
      }
    }
    window.plugInMicrophone = () => {
      unplugged = false
      media.dispatchEvent(new Event('devicechange'))
    }
  }

  /** Bytes of sound received and sent in the newest call. */
  window.soundCarried = async () => {
    const carried = { received: 0, sent: 0 }
    for (const report of (await connections.at(-1).getStats()).values()) {
      if (report.type === 'inbound-rtp') carried.received += report.bytesReceived
      if (report.type === 'outbound-rtp') carried.sent += report.bytesSent
    }
    return carried
  }
})()
