-- Documents of a patient, kept with the record: reports of imports, letters.
CREATE TABLE document (
	id TEXT NOT NULL,
	version INTEGER NOT NULL,
	changed_at TEXT NOT NULL,
	changed_by TEXT NOT NULL,
	patient TEXT NOT NULL,
	kind TEXT NOT NULL,
	date DATE NOT NULL,
	name BLOB,
	content BLOB,
	struck_at TEXT,
	CONSTRAINT pk_document PRIMARY KEY (id),
	CONSTRAINT fk_document_patient FOREIGN KEY(patient) REFERENCES patient (id)
);

CREATE INDEX ix_document_patient ON document (patient);
