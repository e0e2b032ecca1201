using TorchSharp;

namespace SaeDashboard.Torch.Tests;

/// <summary>A test whose tensors are disposed with it.</summary>
public abstract class TensorTest : IDisposable
{
    private readonly DisposeScope scope = torch.NewDisposeScope();

    public void Dispose()
    {
        scope.Dispose();
        GC.SuppressFinalize(this);
    }
}
