namespace SaeDashboard.Core.TorchFiles;

/// <summary>A file in a zip file, stored as it is.</summary>
/// <param name="Name">Its name without the archive's root folder: "data/0".</param>
/// <param name="Crc">CRC-32 of its bytes.</param>
/// <param name="Length">How many bytes it has.</param>
/// <param name="HeaderOffset">Where its header begins.</param>
/// <param name="DataOffset">Where its bytes begin.</param>
internal sealed record ZipEntry(string Name, uint Crc, long Length, long HeaderOffset, long DataOffset);
