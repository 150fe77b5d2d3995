-- The first tables of the registry on sqlite, as they were; later versions change them.

CREATE TABLE audit (
	seq INTEGER NOT NULL,
	at TEXT NOT NULL,
	changed_by TEXT NOT NULL,
	action TEXT NOT NULL,
	kind TEXT NOT NULL,
	row_id TEXT NOT NULL,
	patient TEXT NOT NULL,
	payload TEXT NOT NULL,
	previous TEXT NOT NULL,
	digest TEXT NOT NULL,
	CONSTRAINT pk_audit PRIMARY KEY (seq)
);

CREATE INDEX ix_audit_patient ON audit (patient);

CREATE TABLE audit_head (
	number INTEGER NOT NULL,
	seq INTEGER NOT NULL,
	digest TEXT NOT NULL,
	ring_key TEXT NOT NULL,
	stamp TEXT NOT NULL,
	CONSTRAINT pk_audit_head PRIMARY KEY (number)
);

CREATE TABLE audit_payload (
	seq INTEGER NOT NULL,
	person TEXT NOT NULL,
	body BLOB NOT NULL,
	CONSTRAINT pk_audit_payload PRIMARY KEY (seq)
);

CREATE INDEX ix_audit_payload_person ON audit_payload (person);

CREATE TABLE claim_check (
	id TEXT NOT NULL,
	version INTEGER NOT NULL,
	changed_at TEXT NOT NULL,
	changed_by TEXT NOT NULL,
	patient TEXT NOT NULL,
	claim BLOB,
	verdict TEXT NOT NULL,
	result BLOB,
	struck_at TEXT,
	CONSTRAINT pk_claim_check PRIMARY KEY (id)
);

CREATE INDEX ix_claim_check_patient ON claim_check (patient);

CREATE TABLE job (
	id TEXT NOT NULL,
	version INTEGER NOT NULL,
	changed_at TEXT NOT NULL,
	changed_by TEXT NOT NULL,
	kind TEXT NOT NULL,
	patient TEXT NOT NULL,
	asked BLOB,
	state TEXT NOT NULL,
	progress FLOAT NOT NULL,
	said TEXT NOT NULL,
	checkpoint BLOB,
	result BLOB,
	error BLOB,
	worker TEXT NOT NULL,
	attempts INTEGER NOT NULL,
	queued_at TEXT NOT NULL,
	heartbeat_at TEXT,
	struck_at TEXT,
	CONSTRAINT pk_job PRIMARY KEY (id)
);

CREATE INDEX ix_job_patient ON job (patient);

CREATE INDEX ix_job_state ON job (state);

CREATE TABLE patient (
	id TEXT NOT NULL,
	version INTEGER NOT NULL,
	changed_at TEXT NOT NULL,
	changed_by TEXT NOT NULL,
	state TEXT NOT NULL,
	state_since DATE NOT NULL,
	programme TEXT,
	sex TEXT,
	age_years FLOAT,
	lupus_type TEXT,
	diagnosis_year INTEGER,
	reference_date DATE,
	data_origin TEXT NOT NULL,
	organs_involved TEXT NOT NULL,
	title BLOB,
	notes BLOB,
	sources BLOB,
	erased_at TEXT,
	struck_at TEXT,
	CONSTRAINT pk_patient PRIMARY KEY (id)
);

CREATE INDEX ix_patient_state ON patient (state);

CREATE TABLE person_key (
	person TEXT NOT NULL,
	ring_key TEXT NOT NULL,
	wrapped BLOB NOT NULL,
	CONSTRAINT pk_person_key PRIMARY KEY (person)
);

CREATE TABLE adverse_event (
	id TEXT NOT NULL,
	version INTEGER NOT NULL,
	changed_at TEXT NOT NULL,
	changed_by TEXT NOT NULL,
	patient TEXT NOT NULL,
	term TEXT NOT NULL,
	scale TEXT NOT NULL,
	grade INTEGER NOT NULL,
	began_on DATE NOT NULL,
	ended_on DATE,
	serious BOOLEAN NOT NULL,
	related_to TEXT NOT NULL,
	outcome TEXT NOT NULL,
	note BLOB,
	struck_at TEXT,
	CONSTRAINT pk_adverse_event PRIMARY KEY (id),
	CONSTRAINT fk_adverse_event_patient FOREIGN KEY(patient) REFERENCES patient (id)
);

CREATE INDEX ix_adverse_event_patient ON adverse_event (patient);

CREATE TABLE consent (
	id TEXT NOT NULL,
	version INTEGER NOT NULL,
	changed_at TEXT NOT NULL,
	changed_by TEXT NOT NULL,
	patient TEXT NOT NULL,
	purpose TEXT NOT NULL,
	document TEXT NOT NULL,
	given_on DATE NOT NULL,
	withdrawn_on DATE,
	note BLOB,
	struck_at TEXT,
	CONSTRAINT pk_consent PRIMARY KEY (id),
	CONSTRAINT fk_consent_patient FOREIGN KEY(patient) REFERENCES patient (id)
);

CREATE INDEX ix_consent_patient ON consent (patient);

CREATE TABLE eligibility (
	id TEXT NOT NULL,
	version INTEGER NOT NULL,
	changed_at TEXT NOT NULL,
	changed_by TEXT NOT NULL,
	patient TEXT NOT NULL,
	programme TEXT NOT NULL,
	date DATE NOT NULL,
	day INTEGER NOT NULL,
	status TEXT NOT NULL,
	safety TEXT NOT NULL,
	result BLOB,
	struck_at TEXT,
	CONSTRAINT pk_eligibility PRIMARY KEY (id),
	CONSTRAINT fk_eligibility_patient FOREIGN KEY(patient) REFERENCES patient (id)
);

CREATE INDEX ix_eligibility_patient ON eligibility (patient);

CREATE TABLE forecast_run (
	id TEXT NOT NULL,
	version INTEGER NOT NULL,
	changed_at TEXT NOT NULL,
	changed_by TEXT NOT NULL,
	patient TEXT NOT NULL,
	date DATE NOT NULL,
	visits INTEGER NOT NULL,
	asked BLOB,
	folder TEXT NOT NULL,
	digest TEXT NOT NULL,
	summary BLOB,
	struck_at TEXT,
	CONSTRAINT pk_forecast_run PRIMARY KEY (id),
	CONSTRAINT fk_forecast_run_patient FOREIGN KEY(patient) REFERENCES patient (id)
);

CREATE INDEX ix_forecast_run_patient ON forecast_run (patient);

CREATE TABLE move (
	number INTEGER NOT NULL,
	patient TEXT NOT NULL,
	"before" TEXT,
	"after" TEXT NOT NULL,
	day DATE NOT NULL,
	at TEXT NOT NULL,
	changed_by TEXT NOT NULL,
	why BLOB,
	CONSTRAINT pk_move PRIMARY KEY (number),
	CONSTRAINT fk_move_patient FOREIGN KEY(patient) REFERENCES patient (id)
);

CREATE INDEX ix_move_patient ON move (patient);

CREATE TABLE person (
	id TEXT NOT NULL,
	version INTEGER NOT NULL,
	changed_at TEXT NOT NULL,
	changed_by TEXT NOT NULL,
	patient TEXT NOT NULL,
	given_name BLOB,
	family_name BLOB,
	birth_date BLOB,
	local_id BLOB,
	phone BLOB,
	email BLOB,
	address BLOB,
	note BLOB,
	local_index TEXT,
	struck_at TEXT,
	CONSTRAINT pk_person PRIMARY KEY (id),
	CONSTRAINT uq_person_patient UNIQUE (patient),
	CONSTRAINT fk_person_patient FOREIGN KEY(patient) REFERENCES patient (id),
	CONSTRAINT uq_person_local_index UNIQUE (local_index)
);

CREATE TABLE "plan" (
	id TEXT NOT NULL,
	version INTEGER NOT NULL,
	changed_at TEXT NOT NULL,
	changed_by TEXT NOT NULL,
	patient TEXT NOT NULL,
	programme TEXT NOT NULL,
	start DATE,
	state TEXT NOT NULL,
	families TEXT NOT NULL,
	"plan" BLOB,
	struck_at TEXT,
	CONSTRAINT pk_plan PRIMARY KEY (id),
	CONSTRAINT fk_plan_patient FOREIGN KEY(patient) REFERENCES patient (id)
);

CREATE INDEX ix_plan_patient ON "plan" (patient);

CREATE TABLE product (
	id TEXT NOT NULL,
	version INTEGER NOT NULL,
	changed_at TEXT NOT NULL,
	changed_by TEXT NOT NULL,
	patient TEXT NOT NULL,
	product TEXT NOT NULL,
	code TEXT NOT NULL,
	autologous BOOLEAN NOT NULL,
	donor TEXT NOT NULL,
	state TEXT NOT NULL,
	collected_on DATE,
	collected_at TEXT NOT NULL,
	collected_by TEXT NOT NULL,
	manufacturer TEXT NOT NULL,
	batch TEXT NOT NULL,
	gmp_certificate TEXT NOT NULL,
	made_on DATE,
	released_on DATE,
	released_by TEXT NOT NULL,
	release_values TEXT NOT NULL,
	dose FLOAT,
	dose_unit TEXT NOT NULL,
	storage TEXT NOT NULL,
	expires_on DATE,
	presented_by TEXT NOT NULL,
	infused_at TEXT,
	infused_into TEXT NOT NULL,
	infused_by TEXT NOT NULL,
	confirmed_by TEXT NOT NULL,
	discarded_on DATE,
	note BLOB,
	struck_at TEXT,
	CONSTRAINT pk_product PRIMARY KEY (id),
	CONSTRAINT ck_product_same_patient CHECK (infused_at IS NULL OR infused_into = patient),
	CONSTRAINT ck_product_released CHECK (infused_at IS NULL OR (released_on IS NOT NULL AND released_by <> '')),
	CONSTRAINT ck_product_two_persons CHECK (infused_at IS NULL OR (infused_by <> '' AND confirmed_by <> '' AND confirmed_by <> infused_by)),
	CONSTRAINT ck_product_not_discarded CHECK (infused_at IS NULL OR discarded_on IS NULL),
	CONSTRAINT ck_product_infused CHECK ((state = 'infused') = (infused_at IS NOT NULL)),
	CONSTRAINT fk_product_patient FOREIGN KEY(patient) REFERENCES patient (id),
	CONSTRAINT uq_product_code UNIQUE (code)
);

CREATE INDEX ix_product_patient ON product (patient);

CREATE TABLE screening (
	id TEXT NOT NULL,
	version INTEGER NOT NULL,
	changed_at TEXT NOT NULL,
	changed_by TEXT NOT NULL,
	patient TEXT NOT NULL,
	date DATE NOT NULL,
	programme TEXT NOT NULL,
	results BLOB,
	complete BOOLEAN NOT NULL,
	note BLOB,
	struck_at TEXT,
	CONSTRAINT pk_screening PRIMARY KEY (id),
	CONSTRAINT fk_screening_patient FOREIGN KEY(patient) REFERENCES patient (id)
);

CREATE INDEX ix_screening_patient ON screening (patient);

CREATE TABLE treatment (
	id TEXT NOT NULL,
	version INTEGER NOT NULL,
	changed_at TEXT NOT NULL,
	changed_by TEXT NOT NULL,
	patient TEXT NOT NULL,
	drug TEXT NOT NULL,
	amount FLOAT,
	unit TEXT,
	start_day INTEGER,
	stop_day INTEGER,
	status TEXT,
	note BLOB,
	struck_at TEXT,
	CONSTRAINT pk_treatment PRIMARY KEY (id),
	CONSTRAINT fk_treatment_patient FOREIGN KEY(patient) REFERENCES patient (id)
);

CREATE INDEX ix_treatment_patient ON treatment (patient);

CREATE TABLE visit (
	id TEXT NOT NULL,
	version INTEGER NOT NULL,
	changed_at TEXT NOT NULL,
	changed_by TEXT NOT NULL,
	patient TEXT NOT NULL,
	day INTEGER NOT NULL,
	date DATE,
	label BLOB,
	struck_at TEXT,
	CONSTRAINT pk_visit PRIMARY KEY (id),
	CONSTRAINT fk_visit_patient FOREIGN KEY(patient) REFERENCES patient (id)
);

CREATE INDEX ix_visit_patient ON visit (patient);

CREATE TABLE task (
	id TEXT NOT NULL,
	version INTEGER NOT NULL,
	changed_at TEXT NOT NULL,
	changed_by TEXT NOT NULL,
	patient TEXT NOT NULL,
	"plan" TEXT NOT NULL,
	item TEXT NOT NULL,
	section TEXT NOT NULL,
	title TEXT NOT NULL,
	day INTEGER NOT NULL,
	last_day INTEGER NOT NULL,
	date DATE,
	last_date DATE,
	window_days INTEGER NOT NULL,
	tests TEXT NOT NULL,
	note BOOLEAN NOT NULL,
	state TEXT NOT NULL,
	done_on DATE,
	struck_at TEXT,
	CONSTRAINT pk_task PRIMARY KEY (id),
	CONSTRAINT fk_task_patient FOREIGN KEY(patient) REFERENCES patient (id),
	CONSTRAINT fk_task_plan FOREIGN KEY("plan") REFERENCES "plan" (id)
);

CREATE INDEX ix_task_date ON task (date);

CREATE INDEX ix_task_patient ON task (patient);

CREATE INDEX ix_task_plan ON task ("plan");

CREATE TABLE value (
	number INTEGER NOT NULL,
	visit TEXT NOT NULL,
	variable TEXT NOT NULL,
	value FLOAT,
	comparator TEXT NOT NULL,
	given TEXT,
	attribution TEXT,
	since TEXT NOT NULL,
	until TEXT,
	changed_by TEXT NOT NULL,
	why BLOB,
	CONSTRAINT pk_value PRIMARY KEY (number),
	CONSTRAINT fk_value_visit FOREIGN KEY(visit) REFERENCES visit (id)
);

CREATE INDEX ix_value_visit ON value (visit, variable);

CREATE UNIQUE INDEX uq_value_current ON value (visit, variable) WHERE until IS NULL;
