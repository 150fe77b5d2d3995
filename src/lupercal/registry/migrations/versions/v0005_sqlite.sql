-- Alerts that somebody has seen: which, on what they rest, what was done.
CREATE TABLE acknowledgement (
	id TEXT NOT NULL,
	version INTEGER NOT NULL,
	changed_at TEXT NOT NULL,
	changed_by TEXT NOT NULL,
	patient TEXT NOT NULL,
	alert TEXT NOT NULL,
	found_on DATE NOT NULL,
	value TEXT NOT NULL,
	event TEXT NOT NULL,
	note BLOB,
	struck_at TEXT,
	CONSTRAINT pk_acknowledgement PRIMARY KEY (id),
	CONSTRAINT fk_acknowledgement_patient FOREIGN KEY(patient) REFERENCES patient (id)
);

CREATE INDEX ix_acknowledgement_patient ON acknowledgement (patient);
