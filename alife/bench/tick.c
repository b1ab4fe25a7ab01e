/* The tick of alife/sim/fuse.py for one agent at a time, in plain C: what `alife bench tick` compares lanes with.

   -D gives n = N, K, D, layers IN and OUT, the slots ONE, HOME, JUMP, HOLD, PART and GATE, the first slot RECALL beside the
   contents and how many CONTENTS there are, so that every loop has a constant length. One agent may skip what sixteen in step cannot:
   the address is hashed only if the agent jumps, nothing is written through a shut gate, and where it writes is read only if it
   parts, whatever others do. A recall is summed in SUMS parts, which
   the compiler can do side by side; with SUMS = 1 and -ffp-contract=off every bit is that of the lanes. */

#include <stddef.h>
#include <string.h>

#define ROWS (K > N ? K : N)
#define LAYERS (IN + OUT)

typedef struct {
    float home[K], turn[K], flips[ROWS], scale_in, scale_out;
    int order[K];
} Fixed;

typedef struct {
    _Alignas(64) float x[N], h[N], a[K], b[K], m[D][K], r[D], v[D];
} Agent;

/* Three levels of the rows j, j+h, .. j+7h, as in alife/core/wht.py. */
static inline void butterfly8(float *restrict x, int j, int h) {
    float a = x[j], b = x[j + h], c = x[j + 2 * h], d = x[j + 3 * h];
    float e = x[j + 4 * h], f = x[j + 5 * h], g = x[j + 6 * h], k = x[j + 7 * h];
    float a1 = a + b, b1 = a - b, c1 = c + d, d1 = c - d, e1 = e + f, f1 = e - f, g1 = g + k, k1 = g - k;
    float a2 = a1 + c1, c2 = a1 - c1, b2 = b1 + d1, d2 = b1 - d1;
    float e2 = e1 + g1, g2 = e1 - g1, f2 = f1 + k1, k2 = f1 - k1;
    x[j] = a2 + e2; x[j + 4 * h] = a2 - e2;
    x[j + h] = b2 + f2; x[j + 5 * h] = b2 - f2;
    x[j + 2 * h] = c2 + g2; x[j + 6 * h] = c2 - g2;
    x[j + 3 * h] = d2 + k2; x[j + 7 * h] = d2 - k2;
}

/* x <- H x without 1/sqrt(n); n a power of two >= 8. */
static inline void fwht(float *restrict x, int n) {
    int h = 8;
    for (int i = 0; i < n; i += 8) butterfly8(x, i, 1);
    for (; 8 * h <= n; h *= 8)
        for (int i = 0; i < n; i += 8 * h)
            for (int j = i; j < i + h; j++) butterfly8(x, j, h);
    if (4 * h == n)
        for (int j = 0; j < h; j++) {
            float a = x[j], b = x[j + h], c = x[j + 2 * h], d = x[j + 3 * h];
            float a1 = a + b, b1 = a - b, c1 = c + d, d1 = c - d;
            x[j] = a1 + c1; x[j + 2 * h] = a1 - c1;
            x[j + h] = b1 + d1; x[j + 3 * h] = b1 - d1;
        }
    else if (2 * h == n)
        for (int j = 0; j < h; j++) {
            float a = x[j], b = x[j + h];
            x[j] = a + b; x[j + h] = a - b;
        }
}

/* w (layers, 2, N) */
static inline void half(const float *restrict w, float *restrict x, int layers, float scale) {
    for (int k = 0; k < layers; k++) {
        const float *p = w + 2 * k * N, *q = p + N;
        fwht(x, N);
        for (int i = 0; i < N; i++) x[i] *= x[i] >= 0 ? p[i] : q[i];
    }
    fwht(x, N);
    for (int i = 0; i < N; i++) x[i] *= scale;
}

/* What the head sees: of contents only how loud the loudest is. */
static inline void face(Agent *restrict s) {
    float loudest = 0;
    memcpy(s->h, s->x, sizeof s->h);
    for (int c = 0; c < CONTENTS; c++) {
        float v = s->x[c] < 0 ? -s->x[c] : s->x[c];
        loudest = v > loudest ? v : loudest;
        s->h[c] = 0;
    }
    s->h[0] = loudest;
}

/* Of what the head makes of it, without contents and the constant. */
static inline void address(const Fixed *restrict f, const float *restrict h, float *restrict a) {
    float k[N], z[ROWS];
    memcpy(k, h, sizeof k);
    for (int c = 0; c < CONTENTS; c++) k[c] = 0;
    k[ONE] = 0;
    for (int first = 0; first < ROWS; first += N)
        for (int i = 0; i < N; i++) z[first + i] = k[i] * f->flips[first + i];
    fwht(z, ROWS);
    for (int i = 0; i < K; i++) a[i] = z[i] >= 0 ? 1.0f : -1.0f;
}

static inline void next(const Fixed *restrict f, float *restrict a) {
    float after[K];
    for (int i = 0; i < K; i++) after[i] = a[f->order[i]] * f->turn[i];
    memcpy(a, after, sizeof after);
}

static inline void move(const Fixed *restrict f, Agent *restrict s) {
    if (s->h[HOME] > 0) {
        memcpy(s->a, f->home, sizeof s->a);
    } else if (!(s->h[JUMP] > 0) && !(s->h[HOLD] > 0)) {
        next(f, s->a);
    }
    if (s->h[PART] > 0)
        next(f, s->b);
    else
        memcpy(s->b, s->a, sizeof s->b);
}

static inline void recall(float m[restrict D][K], const float *restrict a, float *restrict r) {
    for (int c = 0; c < D; c++) {
        float sums[SUMS];
        for (int p = 0; p < SUMS; p++) sums[p] = m[c][p] * a[p];
        for (int i = SUMS; i < K; i += SUMS)
            for (int p = 0; p < SUMS; p++) sums[p] += m[c][i + p] * a[i + p];
        for (int h = SUMS / 2; h > 0; h /= 2)
            for (int p = 0; p < h; p++) sums[p] += sums[p + h];
        r[c] = sums[0];
    }
}

static inline void take_in(Agent *restrict s) {
    memcpy(s->v, s->x, sizeof s->v);
    for (int c = 0; c < D; c++) s->x[RECALL + c] += s->r[c];
    if (!(s->h[PART] > 0))
        for (int c = 0; c < D; c++) s->x[c] += s->r[c];
}

static inline float clip(float v, float low, float high) { return v < low ? low : v > high ? high : v; }

static inline void learn(Agent *restrict s) {
    float rate = clip(2 * s->x[GATE], 0, 1) * (1.0f / K), error[D];
    int shown = 0;
    for (int c = 0; c < D; c++) shown |= s->v[c] != 0;
    if (rate == 0 || !shown) return;
    if (s->h[PART] > 0) recall(s->m, s->b, s->r);
    for (int c = 0; c < D; c++) error[c] = (clip(s->v[c], -1, 1) - s->r[c]) * rate;
    for (int c = 0; c < D; c++)
        for (int i = 0; i < K; i++) s->m[c][i] += error[c] * s->b[i];
}

/* The first `parts` of the six parts of a tick. */
static inline void think(const Fixed *restrict f, const float *restrict w, Agent *restrict s, int parts) {
    if (parts > 0) {
        face(s);
        half(w, s->h, IN, f->scale_in);
    }
    if (parts > 1 && !(s->h[HOME] > 0) && s->h[JUMP] > 0) address(f, s->h, s->a);
    if (parts > 2) move(f, s);
    if (parts > 3) {
        recall(s->m, s->a, s->r);
        take_in(s);
    }
    if (parts > 4) half(w + 2 * IN * N, s->x, OUT, f->scale_out);
    if (parts > 5) learn(s);
}

void begin(const Fixed *f, Agent *s) {
    memset(s, 0, sizeof *s);
    memcpy(s->a, f->home, sizeof s->a);
    memcpy(s->b, f->home, sizeof s->b);
}

/* So many ticks of every agent, one agent after another. genes (agents, LAYERS, 2, N); seen (times, N) repeats. */
void run(const Fixed *f, Agent *s, const float *genes, int agents, const float *seen, int times, int ticks, int parts) {
    for (int i = 0; i < agents; i++)
        for (int t = 0, now = 0; t < ticks; t++, now = now + 1 == times ? 0 : now + 1) {
            memcpy(s[i].x, seen + (size_t)now * N, sizeof s->x);
            think(f, genes + (size_t)i * 2 * LAYERS * N, s + i, parts);
        }
}

/* A life of each agent, one after another, all in the same place; a life lasts as long as there is something to see. */
void lives(const Fixed *f, Agent *s, const float *genes, int agents, const float *seen, int times) {
    for (int i = 0; i < agents; i++) {
        begin(f, s);
        run(f, s, genes + (size_t)i * 2 * LAYERS * N, 1, seen, times, times, 6);
    }
}
