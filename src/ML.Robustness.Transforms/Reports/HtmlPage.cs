namespace ML.Robustness.Transforms.Reports;

/// <summary>The HTML frame of a report and its style.</summary>
internal static class HtmlPage
{
    private const string Style = """
        :root { color-scheme: light dark; --paper: #fff; --ink: #1c2330; --faint: #5c6675; --rule: #d6dbe3; --card: #f4f6f9;
            --c0: #b3401f; --c1: #1b62b5; --c2: #2d7d46; --c3: #7a4fb0; }
        @media (prefers-color-scheme: dark) { :root { --paper: #14181f; --ink: #e6eaf0; --faint: #9aa5b5; --rule: #363e4b;
            --card: #1d232d; --c0: #f08a66; --c1: #7db4f5; --c2: #7fcf98; --c3: #c3a2f0; } }
        * { box-sizing: border-box; }
        body { margin: 0 auto; max-width: 72rem; padding: 1.2rem 1rem 3rem; background: var(--paper); color: var(--ink);
            font: 1rem/1.5 system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
        h1 { font-size: 1.7rem; line-height: 1.2; margin: .5rem 0; }
        h2 { font-size: 1.25rem; margin: 2.2rem 0 .4rem; border-top: 1px solid var(--rule); padding-top: 1rem; }
        p { max-width: 46rem; margin: .5rem 0; }
        figure { margin: 1rem 0; max-width: 46rem; }
        figcaption, caption { color: var(--faint); font-size: .9rem; text-align: left; padding: .3rem 0; }
        .wide { overflow-x: auto; }
        table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
        .wide table { min-width: 24rem; margin: .8rem 0; }
        .wide th, .wide td { padding: .35rem .7rem; border-bottom: 1px solid var(--rule); text-align: right;
            vertical-align: top; }
        .wide th:first-child { text-align: left; padding-left: 0; }
        .wide td { white-space: nowrap; }
        .wide .words { text-align: left; white-space: normal; }
        .wide tbody th { white-space: normal; }
        thead th { font-weight: 600; color: var(--faint); font-size: .9rem; } tbody th { font-weight: 500; }
        .cards { display: flex; flex-wrap: wrap; gap: .8rem; margin: .8rem 0; }
        .images { background: var(--card); border-radius: .5rem; padding: .5rem; border-spacing: .25rem;
            border-collapse: separate; }
        .images th, .images td { padding: 0; font-size: .8rem; font-weight: 500; }
        .images tbody th { color: var(--faint); padding-right: .3rem; text-align: right; }
        .images caption { font-size: .85rem; padding: .2rem .3rem; }
        img { display: block; width: 5.25rem; height: auto; image-rendering: pixelated; border-radius: .2rem; background: #fff; }
        svg { width: 100%; height: auto; font-size: 15px; }
        svg text { fill: var(--faint); }
        .rule { stroke: var(--rule); }
        polyline.curve { fill: none; stroke-width: 2.5; }
        polyline.c1 { stroke-dasharray: 7 4; }
        polyline.c2 { stroke-dasharray: 2 4; }
        polyline.c3 { stroke-dasharray: 10 3 2 3; }
        polyline.c0 { stroke: var(--c0); }
        polyline.c1 { stroke: var(--c1); }
        polyline.c2 { stroke: var(--c2); }
        polyline.c3 { stroke: var(--c3); }
        svg .c0:not(polyline) { fill: var(--c0); }
        svg .c1:not(polyline) { fill: var(--c1); }
        svg .c2:not(polyline) { fill: var(--c2); }
        svg .c3:not(polyline) { fill: var(--c3); }
        """;

    internal static string Of(string title, string body) => $"""
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>{title}</title>
        <style>
        {Style}
        </style>
        </head>
        <body>
        {body}</body>
        </html>

        """;
}
