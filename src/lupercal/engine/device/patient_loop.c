/* What one virtual patient lives through: time, steps, events, records and chance. The rules are those of
 * lane_loop.py and lane_days.py, for one patient per thread; whoever changes one changes the other. */

typedef long long whole;

typedef struct { /* what moves, in memory of the thread */
  double y[STATES], fresh[STATES], room[STATES], stages[STAGES * STATES];
  double driven[DRIVEN], u[INPUTS], control[CONTROLS], relaxing[RELAXING];
} Room;

typedef struct { /* where the patient stands, in registers */
  whole n, event, trigger, record, chance, steps, stop;
  double time, wish;
  int hits, jumps;
} Life;

/* The constants of a patient as the equations take them: the patient's own, and with those driven by inputs. */
#define OWN b->constants + life->n, b->patients
#define ALL OWN, room->driven

FUNCTION whole earlier(whole a, whole b) { return b < a ? b : a; }

FUNCTION whole next_record(const Block *b, const Life *life) {
  return life->record < b->records ? b->record_days[life->record] : NOWHERE;
}

FUNCTION whole next_mark(const Block *b, const Life *life) {
  return life->chance < b->marks ? b->first_day + MARK_DAYS * life->chance : NOWHERE;
}

FUNCTION void record(const Block *b, Life *life, const double *states) {
  for (whole j = 0; j < b->kept_count; ++j)
    b->recorded[(j * b->records + life->record) * b->patients + life->n] = states[b->kept[j]];
  life->record += 1;
}

/* Decide on an infection at the next mark. */
FUNCTION int draw(const Block *b, Life *life, double probability) {
  const whole place = life->chance * b->patients + life->n;
  const int happens = b->luck[place] < probability;
  b->infections[place] = happens ? 1.0 : 0.0;
  life->chance += 1;
  return happens;
}

/* Whether an event changes anything for the patient as it stands. */
FUNCTION int matters(const Block *b, const Life *life, const Room *room, whole e) {
  const whole kind = b->events[3 * e + 1];
  const double amount = b->amounts[e * b->patients + life->n];
  if (kind == INPUT) return room->u[b->events[3 * e + 2]] != amount;
  return amount != (kind == FACTOR ? 1.0 : 0.0);
}

/* Change one input or state; a dose is followed by a short step. */
FUNCTION void apply_event(const Block *b, Life *life, Room *room, whole e) {
  const whole kind = b->events[3 * e + 1], target = b->events[3 * e + 2];
  const double amount = b->amounts[e * b->patients + life->n];
  if (kind == INPUT) {
    room->u[target] = amount;
    return;
  }
  if (life->wish > LONGEST_STEP_AFTER_DOSE) life->wish = LONGEST_STEP_AFTER_DOSE;
  if (kind == FACTOR) room->y[target] *= amount;
  else room->y[target] += amount;
}

FUNCTION void take_events(const Block *b, Life *life, Room *room, whole day) {
  while (life->event < b->events_count && b->events[3 * life->event] <= day) {
    const whole e = life->event;
    if (b->events[3 * e] == day && matters(b, life, room, e)) apply_event(b, life, room, e);
    life->event += 1;
  }
}

FUNCTION void take_trigger(const Block *b, Life *life, Room *room, whole day) {
  if (life->trigger < b->trigger_from[life->n + 1] && b->trigger_days[life->trigger] == day) {
    room->y[b->z_row] += b->trigger_sizes[life->trigger];
    life->trigger += 1;
  }
}

/* The next day on which something happens to this patient: an event that changes anything, or the end. */
FUNCTION whole next_stop(const Block *b, const Life *life, const Room *room) {
  whole e = life->event, day = b->last_day;
  while (e < b->events_count && !matters(b, life, room, e)) ++e;
  if (e < b->events_count) day = earlier(day, b->events[3 * e]);
  if (life->trigger < b->trigger_from[life->n + 1]) day = earlier(day, b->trigger_days[life->trigger]);
  return day;
}

/* Live through the start of the day of the stop: record, then events, then chance; are any days left? */
FUNCTION int arrive(const Block *b, Life *life, Room *room) {
  const whole day = life->stop;
  if (next_record(b, life) == day) record(b, life, room->y);
  if (day >= b->last_day) return 0;
  take_events(b, life, room, day);
  take_trigger(b, life, room, day);
  if (next_mark(b, life) == day) {
    double probability;
    risk(room->y, OWN, &probability);
    if (draw(b, life, probability)) room->y[b->z_row] += b->z_inf[life->n];
  }
  life->stop = next_stop(b, life, room);
  life->jumps = 1;
  if (life->wish > LONGEST_STEP_AFTER_EVENT) life->wish = LONGEST_STEP_AFTER_EVENT;
  return 1;
}

/* Bring the patient's states and inputs to the first day. */
FUNCTION void begin(const Block *b, Life *life, Room *room) {
  for (int i = 0; i < STATES; ++i) room->y[i] = b->start[i * b->patients + life->n];
  for (int i = 0; i < INPUTS; ++i) room->u[i] = b->inputs[i * b->patients + life->n];
  for (int i = 0; i < CONTROLS; ++i) room->control[i] = 0.0;
  for (int i = 0; i < DRIVEN; ++i) room->driven[i] = 0.0;
  room->control[PAST_ERROR] = 1.0;
  life->trigger = b->trigger_from[life->n];
  life->time = (double)b->first_day;
  life->stop = b->first_day;
  life->wish = FIRST_STEP;
}

/* Follow a jump of states or inputs: constants driven by inputs, and the first stage. */
FUNCTION void settle(const Block *b, Life *life, Room *room) {
  driven_constants(room->u, OWN, room->driven);
  room->control[MASK] = 1.0;
  refresh(room->y, ALL, room->stages, room->room, room->control);
  life->jumps = 0;
}

/* Set the step to try: the wish, but ending exactly on the next stop, and not leaving a crumb before it. */
FUNCTION double choose_step(Life *life) {
  const double left = (double)life->stop - life->time;
  life->hits = life->wish >= left * NEARLY;
  if (life->hits) return left;
  return life->wish > 0.5 * left ? 0.5 * left : life->wish;
}

/* Accept or refuse the step just tried, and wish for the next. */
FUNCTION int judge(Life *life, Room *room) {
  const double error = room->control[ERROR], following = room->control[NEXT_STEP];
  const int taken = error <= 1.0, cut = room->control[STEP] < 0.99 * life->wish;
  life->steps += 1;
  if (!(taken && cut && life->wish > following)) life->wish = following;
  if (taken) room->control[PAST_ERROR] = error > 1e-4 ? error : 1e-4;
  return taken;
}

/* The outcome of a patient whose numbers make no sense; DONE means that all is well. */
FUNCTION int verdict(const Block *b, const Life *life, const Room *room, int taken) {
  if (taken && room->control[PEAK] > LARGEST) return OUT_OF_BOUNDS;
  if (!taken && room->control[ERROR] == BELOW_ZERO_ERROR) {
    if (room->control[STEP] < SHORTEST_STEP_BELOW_ZERO) return OUT_OF_BOUNDS;
  } else if (!taken && room->control[STEP] < SHORTEST_STEP)
    return room->control[ERROR] > INFINITE_ERROR ? NOT_FINITE : STEP_LIMIT;
  return life->steps > b->step_limit ? STEP_LIMIT : DONE;
}

/* Record or draw luck at a day inside the step; an infection ends the step there. Did it? */
FUNCTION int pass_point(const Block *b, Life *life, Room *room, whole day) {
  const int wanted = next_record(b, life) == day;
  room->control[SHARE] = ((double)day - life->time) / room->control[STEP];
  if (wanted) {
    between(room->y, OWN, room->stages, room->room, room->control, room->relaxing);
    record(b, life, room->room);
  }
  if (next_mark(b, life) != day) return 0;
  if (!wanted) glance(room->y, OWN, room->stages, room->room, room->control, room->relaxing);
  double probability;
  risk(room->room, OWN, &probability);
  if (!draw(b, life, probability)) return 0;
  between(room->y, OWN, room->stages, room->room, room->control, room->relaxing);
  for (int i = 0; i < STATES; ++i) room->y[i] = room->room[i];
  room->y[b->z_row] += b->z_inf[life->n];
  life->time = (double)day;
  life->jumps = 1;
  return 1;
}

/* Go through the accepted step, day by day where there is anything to look at; false at the end of the last day. */
FUNCTION int move(const Block *b, Life *life, Room *room) {
  const double end = life->time + room->control[STEP];
  for (;;) {
    const whole day = earlier(next_record(b, life), next_mark(b, life));
    if (day >= life->stop || (double)day > end) break;
    if (pass_point(b, life, room, day)) return 1;
  }
  room->control[MASK] = 1.0;
  accept(room->y, room->fresh, room->stages, room->control);
  life->time = life->hits ? (double)life->stop : end;
  return !life->hits || arrive(b, life, room);
}

FUNCTION int live(const Block *b, Life *life, Room *room) {
  begin(b, life, room);
  if (!arrive(b, life, room)) return DONE;
  for (;;) {
    if (life->jumps) settle(b, life, room);
    room->control[STEP] = choose_step(life);
    attempt(room->y, ALL, room->stages, room->fresh, b->floor, room->control, room->relaxing);
    const int taken = judge(life, room), code = verdict(b, life, room, taken);
    if (code != DONE) return code;
    if (taken && !move(b, life, room)) return DONE;
  }
}

/* Keep how the patient ended; what was not reached is not a number, and no infection. */
FUNCTION void finish(const Block *b, Life *life, Room *room, int code) {
  for (int i = 0; i < STATES; ++i) {
    b->end[i * b->patients + life->n] = code == DONE ? room->y[i] : NOT_A_NUMBER;
    room->room[i] = NOT_A_NUMBER;
  }
  while (life->record < b->records) record(b, life, room->room);
  for (; life->chance < b->marks; ++life->chance) b->infections[life->chance * b->patients + life->n] = 0.0;
  b->outcome[life->n] = code;
  b->steps[life->n] = life->steps;
}

KERNEL void lupercal_integrate(const Block b) {
  Room room;
  Life life = {0};
  life.n = THIS_THREAD;
  if (life.n >= b.patients) return;
  const int code = live(&b, &life, &room);
  finish(&b, &life, &room, code);
}
