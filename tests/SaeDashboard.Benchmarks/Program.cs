using System.Globalization;
using SaeDashboard.Benchmarks;
using SaeDashboard.Benchmarks.Tables;
using SaeDashboard.Sae.Training;
using SaeDashboard.Torch.Extensions;

// Usage: SaeDashboard.Benchmarks [NAME …] [--json]. Without a name every benchmark runs that does not wait for it.
//        SaeDashboard.Benchmarks architecture-table FOLDER DOCUMENT writes the tables of a comparison that was run before.
//        SaeDashboard.Benchmarks sound-levels FILE … and codec-memory …: what scripts/checks/sound.sh asks.
if (args is [ArchitectureTable.Command, var folder, var document]) return ArchitectureTable.Write(folder, document);
if (args is [SoundLevels.Command, .. var files]) return SoundLevels.Print(files);
if (args is [EncodingMemory.Command, .. var rest]) return EncodingMemory.Run(rest);
var json = args.Contains("--json");
var names = args.Where(argument => !argument.StartsWith("--", StringComparison.Ordinal)).ToHashSet(StringComparer.OrdinalIgnoreCase);
IBenchmark[] benchmarks = [new MatrixProducts(), new SmallOperations(), new TokenizerLength(), new DemoModel(), new StreamingCost(), new Replays(), new Seams(), new Silences(), new ActivationReader(),
    new TrainerSpeed(TrainArchitecture.TopK), new TrainerSpeed(TrainArchitecture.BatchTopK), new TrainerSpeed(TrainArchitecture.JumpRelu)];

if (names.FirstOrDefault(name => !benchmarks.Any(b => b.Name.Equals(name, StringComparison.OrdinalIgnoreCase))) is { } stranger)
{
    Console.Error.WriteLine($"There is no benchmark '{stranger}': {string.Join(", ", benchmarks.Select(b => b.Name))}.");
    return 1;
}

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
TorchRuntime.Initialize(Environment.ProcessorCount);
if (!json) Console.WriteLine($"libtorch {TorchRuntime.LoadedVersion}, {TorchRuntime.Blas}, {Environment.ProcessorCount} cores");
foreach (var benchmark in benchmarks.Where(b => names.Count == 0 ? !b.OnlyByName : names.Contains(b.Name)))
    foreach (var figure in benchmark.Run())
        Console.WriteLine(json ? figure.ToJson() : figure.ToString());
return 0;
