// Everything about one key, beside the list.

import { Button } from "@keystead/parts/button.tsx";
import { Dialog } from "@keystead/parts/dialog.tsx";
import { Icon } from "@keystead/parts/icon.tsx";
import { day, Time } from "@keystead/parts/time.tsx";
import type { ApiKey } from "@keystead/sdk";
import { Access } from "./access.tsx";
import { who } from "./actor.ts";
import type { Doing } from "./doing.ts";
import { Events } from "./events.tsx";
import { Fact } from "./fact.tsx";
import { isOver, KeyStatus, masked } from "./status.tsx";
import type { Subject } from "./subject.ts";
import { Usage } from "./usage.tsx";
import { drawer as text, words } from "./words.ts";

interface DrawerProps {
  of: ApiKey;
  subject: Subject;
  now: Date;
  onDo: (what: Doing["what"]) => void;
  onClose: () => void;
}

export function KeyDrawer({ of: key, subject, now, onDo, onClose }: DrawerProps) {
  return (
    <Dialog title={key.description} side="right" onClose={onClose}>
      <div className="ks-row">
        <KeyStatus of={key} now={now} />
        <span className="ks-tag">{words[key.environment]}</span>
        <span className="ks-tag">{key.isPublic ? text.public : text.secret}</span>
      </div>
      {key.whyInvalid() === "leaked" && (
        <div className="ks-note" data-tone="danger">
          <Icon name="alert" />
          <div>
            <p>
              {text.leaked}
              {key.revokedAt && ` · ${day(key.revokedAt)}`}
            </p>
            <p className="ks-hint">{text.leakedWhat}</p>
          </div>
        </div>
      )}
      {!isOver(key) && (
        <div className="ks-row">
          <Button onClick={() => onDo("edit")}>{words.edit}</Button>
          <Button onClick={() => onDo("rotate")}>{words.rotate}</Button>
          <Button onClick={() => onDo("switch")}>{key.enabled ? words.disable : words.enable}</Button>
          <Button kind="quiet" className="ks-red" onClick={() => onDo("revoke")}>
            {words.revoke}
          </Button>
        </div>
      )}
      <Facts of={key} subject={subject} />
      <Usage of={key} now={now} />
      <Access of={key} />
      <Events of={key} me={subject.me} />
    </Dialog>
  );
}

function Facts({ of: key, subject }: { of: ApiKey; subject: Subject }) {
  const previous = key.previousSecret;
  return (
    <dl className="ks-key-facts">
      <Fact name={text.key}>
        <span className="ks-mono">{masked(key)}</span>
      </Fact>
      <Fact name={text.id}>
        <span className="ks-mono">{key.id}</span>
      </Fact>
      <Fact name={text.owner}>
        <bdi>{key.owner.name || key.owner.external_id || key.owner.id}</bdi>
      </Fact>
      <Fact name={text.created}>
        <Time at={key.createdAt} /> {text.by(who(key.createdBy, subject.me))}
      </Fact>
      {key.secretCreatedAt.getTime() !== key.createdAt.getTime() && (
        <Fact name={text.secretSince}>
          <Time at={key.secretCreatedAt} />
        </Fact>
      )}
      <Fact name={text.expires}>{key.expiresAt ? <Time at={key.expiresAt} /> : words.never}</Fact>
      <Fact name={text.lastUsed}>{key.lastUsed ? <Time at={key.lastUsed} relative /> : words.neverUsed}</Fact>
      {key.revokedAt && (
        <Fact name={text.revoked}>
          <Time at={key.revokedAt} />
        </Fact>
      )}
      {previous && (
        <Fact name={text.previous}>
          <span className="ks-mono">•••{previous.lastFour}</span> {text.previousUntil}{" "}
          <Time at={previous.validUntil} relative />
          {"; "}
          {previous.lastUsed ? (
            <>
              {text.previousUsed} <Time at={previous.lastUsed} relative />
            </>
          ) : (
            text.previousUnused
          )}
        </Fact>
      )}
    </dl>
  );
}
