namespace SaeDashboard.Core.Saes;

/// <summary>A folder whose configuration and headers were read and agree; its values are read when they are asked for.</summary>
/// <param name="config">What the SAE is.</param>
/// <param name="file">The open weights.</param>
/// <param name="read">Values of a tensor by its SAELens name.</param>
/// <param name="sparsity">Reads the latents' frequencies; null where the format has none.</param>
internal sealed class OpenSae(SaeConfig config, IDisposable file, Func<string, float[]> read, Func<float[]?>? sparsity = null) : IDisposable
{
    public SaeConfig Config => config;

    public float[] Read(string name) => read(name);

    public float[]? ReadSparsity() => sparsity?.Invoke();

    public void Dispose() => file.Dispose();
}
