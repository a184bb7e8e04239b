using ML.Robustness.Gpu;
using TorchSharp;
using static TorchSharp.torch;

// Compares the GPU with the processor, then measures. Exit code: 0 all equal or no GPU, 1 something differs, 2 wrong arguments.
string[] words = ["checks", "speed"];
var isCuda = true;
var (rounds, rows) = (5, 512);
string? word = null, report = null;
for (var i = 0; i < args.Length; i++)
{
    var next = i + 1 < args.Length ? args[i + 1] : "";
    if (i == 0 && words.Contains(args[i]))
        word = args[i];
    else if (args[i] == "--device" && next is "cuda" or "cpu")
        (isCuda, i) = (next == "cuda", i + 1);
    else if (args[i] == "--rounds" && int.TryParse(next, out rounds) && rounds > 0)
        i++;
    else if (args[i] == "--rows" && int.TryParse(next, out rows) && rows > 0)
        i++;
    else if (args[i] == "--report" && next.Length > 0)
        (report, i) = (next, i + 1);
    else
    {
        Console.Error.WriteLine($"Expected [{string.Join(" | ", words)}] [--device cuda | cpu] [--rounds N] [--rows N] "
            + $"[--report FILE]; got '{string.Join(' ', args)}'.");
        return 2;
    }
}

if (isCuda && Gpu.WhyNot() is { } why)
{
    Console.WriteLine($"Skipped: {why}");
    return 0;
}

var device = isCuda ? new Device(DeviceType.CUDA, 0) : CPU;
using var log = new Log(report);
var version = typeof(torch).Assembly.GetName().Version?.ToString(3);
log.Line($"{Gpu.Name(device)}; TorchSharp {version}, {Environment.ProcessorCount} cores");
var isRight = word == "speed" || Checks.Run(device, log);
if (word != "checks")
    Speed.Run(device, rounds, rows, log);
return isRight ? 0 : 1;
