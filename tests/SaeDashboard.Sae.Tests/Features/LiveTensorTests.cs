using SaeDashboard.Core.Saes;
using SaeDashboard.Sae.Evaluation;
using SaeDashboard.Sae.Features;
using SaeDashboard.Sae.Steering;
using SaeDashboard.Torch.Extensions;
using TorchSharp;

namespace SaeDashboard.Sae.Tests.Features;

/// <summary>What runs for every clip or every generated column leaves no tensor behind.</summary>
public class LiveTensorTests
{
    [Theory]
    [InlineData(SaeArchitecture.TopK)]
    [InlineData(SaeArchitecture.JumpRelu)]
    public void As_many_tensors_live_after_as_before(SaeArchitecture architecture)
    {
        using var sae = RandomSae.Create(1, 8, 40, 5, architecture);
        using var x = RandomSae.Normal(new Random(2), 1, 1, 3, 8);
        Steer[] steers = [new Steer(1, 2), new Steer(2, 0, SteerMode.Ablate), new Steer(3, 1, SteerMode.Clamp, new SteerRange(2))];
        using var edit = new SteeringEdit(sae, _ => 1, steers);
        using var dropped = new SteeringEdit(sae, _ => 1, [], keepError: false);
        using var direction = new DirectionEdit(new float[8]);
        IResidualEdit[] edits = [edit, dropped, direction];
        var token = TestContext.Current.CancellationToken;
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        foreach (var each in edits)
        {
            for (var call = 0; call < 3; call++)
                each.Apply(x, call).Dispose();
            Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
        }

        var clips = new Prepared(8, 60, 4);
        var passes = new Action[]
        {
            () => FeatureIndexBuilder.Build(sae, clips, clips, new("m", "d", "n", "h", 1, 50), cancellation: token),
            () => ReconstructionMeter.Measure(sae, clips, clips, new MeterOptions { PcaRanks = [2] }, cancellation: token),
        };
        foreach (var pass in passes)
        {
            before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
            pass();
            Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
        }
    }

    /// <summary>Gives clips whose only tensor is the one handed over.</summary>
    private sealed class Prepared(int width, int columns, int clips) : IActivationSource
    {
        public int Width => width;

        public IEnumerable<ClipActivations> Clips()
        {
            var random = new Random(3);
            for (var row = 0; row < clips; row++)
            {
                var values = Enumerable.Range(0, columns * width).Select(_ => (float)random.NextDouble() - 0.5f).ToArray();
                yield return new ClipActivations(row, "select", TensorData.FromFloats(values, columns, width));
            }
        }
    }
}
