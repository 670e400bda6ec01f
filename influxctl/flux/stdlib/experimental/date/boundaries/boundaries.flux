// Functions that give the bounds of days, weeks and months near now; they have moved to date/boundaries.
package boundaries


import "date"

// _day_formatter makes the record of the day that begins at `s`.
_day_formatter = (s) => ({start: s, stop: date.add(d: 1d, to: s)})

// _week_formatter makes the record of the seven days that begin at `s`.
_week_formatter = (s) => ({start: s, stop: date.add(d: 1w, to: s)})

// yesterday gives start and stop of the day before today.
yesterday = () => _day_formatter(s: date.sub(d: 1d, from: date.truncate(t: now(), unit: 1d)))

// _day_finder gives what `func` makes of the last day of the week `td` (0 is Sunday) before today, or of today if `offset`
// moves now beyond it.
_day_finder = (td, func, offset=0h) =>
    {
        today = date.truncate(t: date.add(d: offset, to: now()), unit: 1d)
        back = (date.weekDay(t: today) - td + 6) % 7 + 1

        return func(s: date.sub(d: date.scale(d: 1d, n: back), from: today))
    }

// monday gives start and stop of the last Monday before today.
monday = () => _day_finder(td: date.Monday, func: _day_formatter)

// tuesday gives start and stop of the last Tuesday before today.
tuesday = () => _day_finder(td: date.Tuesday, func: _day_formatter)

// wednesday gives start and stop of the last Wednesday before today.
wednesday = () => _day_finder(td: date.Wednesday, func: _day_formatter)

// thursday gives start and stop of the last Thursday before today.
thursday = () => _day_finder(td: date.Thursday, func: _day_formatter)

// friday gives start and stop of the last Friday before today.
friday = () => _day_finder(td: date.Friday, func: _day_formatter)

// saturday gives start and stop of the last Saturday before today.
saturday = () => _day_finder(td: date.Saturday, func: _day_formatter)

// sunday gives start and stop of the last Sunday before today.
sunday = () => _day_finder(td: date.Sunday, func: _day_formatter)

// month gives start and stop of the present month, or of the one `month_offset` months later.
month = (month_offset=0) =>
    {
        first = date.truncate(t: now(), unit: 1mo)
        start = date.add(d: date.scale(d: 1mo, n: month_offset), to: first)

        return {start: start, stop: date.add(d: 1mo, to: start)}
    }

// week gives start and stop of the present week, or of the one `week_offset` weeks later. Weeks begin on Monday, or on Sunday.
week = (start_sunday=false, week_offset=0) =>
    {
        today = date.truncate(t: now(), unit: 1d)
        back = if start_sunday then date.weekDay(t: today) else (date.weekDay(t: today) + 6) % 7
        first = date.sub(d: date.scale(d: 1d, n: back), from: today)

        return _week_formatter(s: date.add(d: date.scale(d: 1w, n: week_offset), to: first))
    }
