// Package limiter learns how many requests a second a service accepts. It learns this only from the
// answers of the service.
//
// A 429 does not say why the request was refused. It may come from the limit of a token bucket:
// then the rate should be lowered a little and held. It may come from a quota that all users of an
// application share, or from a fault: then a lower rate changes nothing and costs time. It may also
// come from an outage. The limiter finds out by experiment which case it is: it lowers the rate and
// looks whether the share of refusals falls.
//
// # The algorithm
//
// A refusal is an answer 429. A pass is any other answer except a 503; a 503 says nothing about the
// rate. A lesson is a refusal after which the limiter lowers the rate. All rates are in attempts a
// second. The rate is kept by a token bucket of golang.org/x/time/rate with a burst of 1 (while the
// rate is at its ceiling, with a burst of Config.Burst). Only one caller at a time waits for the
// bucket. The others wait for that caller.
//
//  1. At first the rate has no limit, or it is at the ceiling. A refusal is a lesson only if its attempt
//     took its turn after the lesson before. So a burst of refusals is one lesson.
//  2. The first lesson sets the rate to the plateau (step 3) of the recent speed of passes. If fewer
//     than 32 passes came so far, it sets the rate to the passes a second so far, less the share that
//     was refused, and to at least 10. Every pass then raises the rate by 10 % until the next refusal.
//     That refusal ends the search and sets the rate to 85 % of the refused one.
//  3. A lesson at a rate that was not refused before lowers the rate to its plateau. The plateau is 97 %
//     of that rate, or 98.5 % once the hold of step 5 is 1 s or more. A lesson below the rate that was
//     refused last lowers the rate by the share that was refused: to P/(P+2) of it after P passes, but
//     always to between 70 and 97 % of it. After 32 passes or more, the passes a second since the last
//     lesson are a better measure. They are then the new rate, but at least 90 % and at most 97 % of
//     the old one.
//  4. If no pass came between two lessons, the rate falls to 70 %, then to 50 %, then to 1 a second. No
//     lesson lowers the rate further. From there each pass raises the rate by half until the rate is
//     half of the known speed, and after that by 10 %. A refusal during the fast growth takes 30 % off
//     the rate and off the known speed. After an outage the rate is back in a few seconds, because few
//     callers were refused meanwhile: the others waited in the limiter and not in their back-off.
//  5. Otherwise the rate stays for 8 passes after a lesson. It returns to the plateau in steps of at
//     most 3 %, and stays there for 32 passes and for the hold. The hold is half a second at first. A
//     lesson within 10 % of the one before doubles the hold, and a lesson within 3 % makes it four
//     times as long, up to 32 s. Any other lesson resets it. After the hold the rate climbs by 1 % a
//     second and at most 2 % a pass. The speed of this climb doubles again and again: each second at
//     first, and each 8 s if the hold is long. So probing costs few refusals if the rate is known, and
//     it finds out soon if the service has become faster.
//  6. A lowered rate must prove that the rate is the cause of the refusals. Each answer at a rate below
//     98.75 % of the refused one (or at 1 a second) changes a log-likelihood: a refusal there is ten
//     times likelier if the rate is not the cause. At +4 exams begin. At -3 the rate counts as the
//     cause. In an exam the rate is held. In the first exam it is held at 85 % of what it was. In a
//     later exam it is held at 95 % of the passes a second of the exam before, with the callers'
//     back-off included in the time, but at least at 47.5 % of the rate of that exam. At such a rate a
//     bucket refuses nothing. Let p be the share of refusals. An exam is passed after 4/p answers
//     without a refusal, or after 8/p answers with one. The first exam is failed by one refusal, a
//     later exam by two. An exam that is passed proves that the rate is the cause. The refused rate is
//     then taken to be the geometric mean of the exam's rate and the rate before the exams. If two
//     exams fail (three if p is 4 % or more, five from 15 % on), the rate is not the cause.
//  7. If the rate is not the cause (an acquittal), it returns to where it was before it was
//     lowered, and grows by 5 % with each pass. Refusals are ignored as long as fewer than eight
//     come in a row and their share is at most p plus a margin. The margin is p + 5 percentage
//     points, but at most 15 points. A refusal beyond that is a lesson again (step 3). p falls
//     slowly when fewer attempts are refused. p is forgotten after 4,096 answers, the next time
//     after 8,192, and so on.
//
// Shares are averages over 200 answers. A gap between two answers counts as at most 1 s, because
// idle time says nothing about the service. The known speed is the highest speed over 16 passes in
// a row. It falls by 0.2 % with each slower pass.
//
// A Retry-After of a 429 or a 503 holds all callers until its moment. If two answers ask for a
// wait, the later moment counts. The caller of this package has already limited the Retry-After to
// what its policy allows.
//
// If only 429s come, at least ten of them, while callers try for Config.GiveUpAfter, Acquire fails
// at once with a [GivenUpError] for all callers. The exception is one attempt after one minute,
// then after two, four, and so on up to an hour. A gap of more than 256 s between two refusals
// counts as 256 s, the longest back-off. Any other answer ends this state.
//
// # What it reaches
//
// go test ./internal/limiter -v -run Table prints the tables, in virtual time. Each number is the
// median of 20 runs. The callers back off with full jitter from 1 s, as the default retries do.
//
//   - Token buckets of 20 to 500 a second with bursts of 1, 3 and 10, and 1, 4 and 16 callers that
//     begin at once: from second 3 on, 0.93 to 1.00 of what is possible; from second 10 on, 0.95 to
//     1.00, with at most 0.9 % refused. The lowest value is that of one caller at 20 a second, because
//     each refusal costs it half a second of back-off.
//   - Buckets of 2 and 5 a second, from second 30 on: 0.92 or more, with at most 4.7 % refused.
//   - 1, 2, 5 and 10 % of all attempts refused at random, 2,000 calls of 50 ms by one caller: 1.10,
//     1.04, 1.05 and 1.03 of the time with retries alone; by four callers 1.06, 1.05, 1.05 and 1.05.
//     Afterwards 100 calls take as long as without a limiter. The worst of 20 runs takes 1.2 to 3.0
//     times as long, because bad luck at the start lowers the rate so far that its acquittal (step 7)
//     takes long. Milder exams would shorten these runs, but then one caller at a bucket of 2 or 5 a
//     second with a burst of 10 is acquitted falsely, and 20 to 40 % of its attempts are refused. With
//     16 callers the 2,000 calls are over within 15 s, and learning takes a larger share of that: 1.04,
//     1.02, 1.18 and 1.53. With 20 % refused one caller takes 1.05 and four take 1.20; with 50 %, 1.14
//     and 1.68.
//   - Every 100th answer a 429, without a limit: 0.90 or more of the goodput with retries alone.
//   - 10 s of nothing but 429: 80 % of the former rate is back after 5 s. With four callers and no limit
//     it takes 7.5 s, because all four must be back. With retries alone it takes up to 13.5 s.
//   - A single 429: 20 calls take at most 0.9 s longer than the back-off of the refused call.
//   - A bucket that falls from 100 to 10 a second and rises again: 0.97 and 0.95.
//
// The numbers of the algorithm were chosen with the seeds that the tests run. Three other sets of
// 20 seeds give the same picture with these differences. In one set, one caller at 20 a second with
// a burst of 1 came to 0.948 from second 10 on. In one set, the outage of an unlimited service with
// four callers took 11 s. In one set, the worst single run was 0.76 of a bucket of 20 a second
// (burst 3, one caller). In another set, after a false acquittal, 25 % were refused at a bucket of
// 5 a second (burst 10, one caller).
//
// If the tables contradict each other, a cheap single 429 came first, random refusals second, and
// buckets third, because the service documents quotas of applications and no bucket of a user.
package limiter
