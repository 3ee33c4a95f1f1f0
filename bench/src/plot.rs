//! A line plot as SVG, both axes by powers of two or ten where that is asked for.

use std::fmt::Write as _;

/// One client.
pub(crate) struct Line {
    pub(crate) name: String,
    /// Callers, figure.
    pub(crate) points: Vec<(f64, f64)>,
}

const COLOURS: [&str; 6] = [
    "#c0392b", "#2980b9", "#27ae60", "#8e44ad", "#d68910", "#7f8c8d",
];
const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 400.0;
const LEFT: f64 = 80.0;
const RIGHT: f64 = 150.0;
const TOP: f64 = 40.0;
const BOTTOM: f64 = 50.0;

/// The plot of at least one line, each with at least one point; `log` for a figure that goes over powers of ten.
pub(crate) fn plot(title: &str, lines: &[Line], log: bool) -> String {
    let points = || lines.iter().flat_map(|line| &line.points);
    let greatest = points().map(|point| point.1).fold(1.0, f64::max);
    let (low, high) = if log {
        let least = points()
            .map(|point| point.1)
            .fold(greatest, f64::min)
            .max(1.0);
        (
            10_f64.powf(least.log10().floor()),
            10_f64.powf(greatest.log10().ceil()),
        )
    } else {
        (0.0, greatest * 1.05)
    };
    let widest = points().map(|point| point.0).fold(2.0, f64::max).log2();
    let x = |callers: f64| LEFT + callers.log2() / widest * (WIDTH - LEFT - RIGHT);
    let y = |figure: f64| {
        let share = if log {
            (figure.max(low).log10() - low.log10()) / (high.log10() - low.log10()).max(1e-9)
        } else {
            figure / high
        };
        HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM)
    };
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" font-family=\"sans-serif\" font-size=\"12\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n\
         <text x=\"{LEFT}\" y=\"24\" font-size=\"15\">{title}</text>\n"
    );
    let mut add = |part: String| svg.push_str(&part);
    for mark in marks(low, high, log) {
        let at = y(mark);
        add(format!(
            "<line x1=\"{LEFT}\" x2=\"{}\" y1=\"{at:.1}\" y2=\"{at:.1}\" stroke=\"#ddd\"/>\n\
             <text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{mark}</text>\n",
            WIDTH - RIGHT,
            LEFT - 8.0,
            at + 4.0
        ));
    }
    let mut callers: Vec<f64> = points().map(|point| point.0).collect();
    callers.sort_by(f64::total_cmp);
    callers.dedup();
    for count in callers {
        add(format!(
            "<text x=\"{:.1}\" y=\"{}\" text-anchor=\"middle\">{count}</text>\n",
            x(count),
            HEIGHT - BOTTOM + 18.0
        ));
    }
    add(format!(
        "<text x=\"{}\" y=\"{}\" text-anchor=\"middle\">callers</text>\n",
        (LEFT + WIDTH - RIGHT) / 2.0,
        HEIGHT - 10.0
    ));
    for (place, (line, colour)) in lines.iter().zip(COLOURS.iter().cycle()).enumerate() {
        let mut path = String::new();
        for (callers, figure) in &line.points {
            let _ = write!(path, "{:.1},{:.1} ", x(*callers), y(*figure));
        }
        let legend = TOP + 10.0 + place as f64 * 20.0;
        add(format!(
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>\n\
             <line x1=\"{}\" x2=\"{}\" y1=\"{legend}\" y2=\"{legend}\" stroke=\"{colour}\" stroke-width=\"2\"/>\n\
             <text x=\"{}\" y=\"{}\">{}</text>\n",
            path.trim_end(),
            WIDTH - RIGHT + 10.0,
            WIDTH - RIGHT + 30.0,
            WIDTH - RIGHT + 36.0,
            legend + 4.0,
            line.name
        ));
    }
    svg + "</svg>\n"
}

/// Where the figure's axis has lines.
fn marks(low: f64, high: f64, log: bool) -> Vec<f64> {
    if log {
        let mut marks = vec![low];
        while let Some(last) = marks.last().copied().filter(|last| *last < high) {
            marks.push((last * 10.0).round());
        }
        return marks;
    }
    let rough = high / 5.0;
    let power = 10_f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0]
        .map(|times| times * power)
        .into_iter()
        .find(|step| *step >= rough);
    let step = step.unwrap_or(rough);
    (0..)
        .map(|count| f64::from(count) * step)
        .take_while(|mark| *mark <= high)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_round_numbers_within_the_axis() {
        assert_eq!(marks(0.0, 95_000.0, false), [0.0, 20e3, 40e3, 60e3, 80e3]);
        assert_eq!(marks(10.0, 1000.0, true), [10.0, 100.0, 1000.0]);
    }

    #[test]
    fn a_line_goes_up_when_its_figure_does() {
        let line = Line {
            name: "a".into(),
            points: vec![(1.0, 10.0), (64.0, 100.0)],
        };
        for log in [false, true] {
            let svg = plot("t", std::slice::from_ref(&line), log);
            let points = svg
                .split("points=\"")
                .nth(1)
                .unwrap()
                .split('"')
                .next()
                .unwrap();
            let heights: Vec<f64> = points
                .split(' ')
                .map(|point| point.split(',').nth(1).unwrap().parse().unwrap())
                .collect();
            assert!(heights[1] < heights[0], "{svg}");
        }
    }
}
