/** Any file dropped on the window finds its place: a mail is opened, a certificate looked at, a key file imported. */

import { useNavigate } from '@tanstack/react-router'
import { useEffect, useState } from 'react'
import { useSay } from '../client/words.ts'
import { kindOfFile, useHandoff } from '../features/handoff.tsx'
import { Drawing } from '../ui/Drawing.tsx'
import './dropTarget.css'

const placeOf = { mail: '/inspect', certificate: '/certificate', keyFile: '/import' } as const

export function DropTarget() {
  const say = useSay()
  const navigate = useNavigate()
  const { give } = useHandoff()
  const [over, setOver] = useState(false)
  useEffect(() => {
    const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes('Files') ?? false
    const onOver = (event: DragEvent) => {
      if (!hasFiles(event)) return
      event.preventDefault()
      // A place that takes files itself (writing) says so on its own.
      setOver(!(event.target instanceof Element && event.target.closest('[data-takes-files]')))
    }
    const onLeave = (event: DragEvent) => {
      if (event.relatedTarget === null) setOver(false)
    }
    const onDrop = (event: DragEvent) => {
      setOver(false)
      const taken = event.defaultPrevented
      // Whatever is dropped, the window must never navigate to it.
      event.preventDefault()
      const [file] = event.dataTransfer?.files ?? []
      if (taken || !file) return
      const kind = kindOfFile(file.name)
      give({ [kind]: file })
      navigate({ to: placeOf[kind], search: {} })
    }
    window.addEventListener('dragover', onOver)
    window.addEventListener('dragleave', onLeave)
    window.addEventListener('drop', onDrop)
    return () => {
      window.removeEventListener('dragover', onOver)
      window.removeEventListener('dragleave', onLeave)
      window.removeEventListener('drop', onDrop)
    }
  }, [give, navigate])
  if (!over) return null
  return (
    <div className="drop-target" role="status">
      <div className="card card-lifted stack-tight drop-target-card">
        <Drawing name="letter" width={110} />
        <h2>{say('frame.drop')}</h2>
        <p className="soft">{say('frame.dropHint')}</p>
      </div>
    </div>
  )
}
